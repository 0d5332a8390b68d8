import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';

import { packPackage, root } from '../test/package/packed-package.js';

const { tarball, remove } = await packPackage();
try {
  const check = (command: string, args: readonly string[]): void => void execFileSync('npx', ['--no-install', command, ...args], { cwd: root, stdio: 'inherit' });
  check('publint', ['run', tarball, '--strict']);
  // An ES module from Node 20.19 on can be required too, so there is one build.
  check('attw', [tarball, '--profile', 'esm-only']);
  console.log(`${(statSync(tarball).size / 1024).toFixed(1)} kB packed`);
} finally {
  await remove();
}
