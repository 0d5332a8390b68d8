import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

interface Rule {
  readonly what: string;
  readonly files: RegExp;
  readonly line: RegExp;
}

// As the reports of a benchmark are called.
const REPORT = /^bench\/(RESULTS|NOTES)\.md$/;
const BINARY = /\.(sqlite3|png|ico|woff2?)$/;
const NOUNS = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/;
const VAGUE_FILE = /^types\.|(^|-)(utils?|helpers?|common|misc|shared)\./;
const VAGUE_FOLDER = /^(utils?|helpers?|common|misc|shared)$/;

const rules: readonly Rule[] = [
  { what: 'a path of one machine', files: /./, line: /(?<![\w.~-])\/(work|root|home)\// },
  { what: 'a path outside the repository', files: /^(?!node_modules)/, line: /\.\.\/shared\b/ },
  { what: 'a registry address', files: /(^|\/)package-lock\.json$/, line: /"resolved": "http/ },
  { what: 'a test that does not run', files: /^test\//, line: /\b(it|test|describe)\.(skip|only|todo)\b|\.skipIf\(|\.runIf\(/ },
  { what: 'a lint rule turned off without a reason (`-- why`)', files: /\.[cm]?[jt]sx?$/, line: /\beslint-disable\b(?!.*\s-- \S)/ },
];

const listed = execFileSync('git', ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' });
const files = listed.split('\0').filter((file) => file !== '' && existsSync(file));
const faults: string[] = [];

for (const file of files) {
  const folders = file.split('/');
  const name = folders.pop() ?? '';
  const named = [...folders, name].every((part) => NOUNS.test(part)) && !VAGUE_FILE.test(name) && !folders.some((folder) => VAGUE_FOLDER.test(folder));
  if (/^(src|client|test|scripts|bench|example-app)\//.test(file) && !named && !REPORT.test(file)) faults.push(`${file}:1: name it, and its folder, as a kebab-case noun`);
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
