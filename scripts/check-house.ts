import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

interface Rule {
  readonly what: string;
  readonly files: RegExp;
  readonly line: RegExp;
}

const BINARY = /\.(sqlite3|png|ico|woff2?)$/;
const NOUNS = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/;
const VAGUE = /^(utils?|helpers?|common|misc|types|shared)\./;

const rules: readonly Rule[] = [
  { what: 'a path of one machine', files: /./, line: /(^|[\s'"`(=:])\/(work|root|home)\/[a-z]/ },
  { what: 'a path outside the repository', files: /^(?!node_modules)/, line: /\.\.\/shared\b/ },
  { what: 'a registry address', files: /^package-lock\.json$/, line: /"resolved": "http/ },
  { what: 'a test that does not run', files: /^test\//, line: /\b(it|test|describe)\.(skip|only|todo)\b|\.skipIf\(|\.runIf\(/ },
];

const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' });
const files = listed.split('\n').filter((file) => file !== '' && existsSync(file));
const faults: string[] = [];

for (const file of files) {
  const name = basename(file);
  if (/^(src|client|test|scripts|bench|example-app)\//.test(file) && (!NOUNS.test(name) || VAGUE.test(name))) faults.push(`${file}: name it as a kebab-case noun`);
  if (BINARY.test(file)) continue;
  for (const [index, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    for (const rule of rules) {
      if (file !== 'scripts/check-house.ts' && rule.files.test(file) && rule.line.test(line)) faults.push(`${file}:${index + 1}: ${rule.what}`);
    }
  }
}

for (const fault of faults) console.error(fault);
console.log(`${files.length} files, ${faults.length} faults`);
if (faults.length > 0) process.exitCode = 1;
