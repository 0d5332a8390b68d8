import { execFileSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';

import { packPackage, projectWith, root } from '../test/package/packed-package.js';
import { bundleClient, MOST_CLIENT_BYTES } from './client-bundle.js';

// What a bundle for a browser may hold beside the client; a module of Node fails to bundle.
const CLIENT_PACKAGES = ['@trpc/client', '@trpc/server'];

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

const { tarball, remove } = await packPackage();
const project = await projectWith(tarball, ['@trpc/server@11', '@trpc/client@11']);
try {
  const check = (command: string, args: readonly string[]): void => void execFileSync('npx', ['--no-install', command, ...args], { cwd: root, stdio: 'inherit' });
  check('publint', ['run', tarball, '--strict']);
  // An ES module from Node 20.19 on can be required too, so there is one build.
  check('attw', [tarball, '--profile', 'esm-only']);
  console.log(`${kilobytes(statSync(tarball).size)} packed`);

  const { addedBytes, trpcBytes, packages } = await bundleClient(project);
  console.log(`the client adds ${addedBytes} bytes, minified and gzipped, to the ${trpcBytes} of @trpc/client`);
  if (addedBytes > MOST_CLIENT_BYTES) throw new Error(`The client may add ${MOST_CLIENT_BYTES} bytes.`);
  const strangers = packages.filter((name) => !CLIENT_PACKAGES.includes(name));
  if (strangers.length > 0) throw new Error(`The client must not bring ${strangers.join(', ')} to a browser.`);
} finally {
  await remove();
  rmSync(project, { recursive: true, force: true });
}
