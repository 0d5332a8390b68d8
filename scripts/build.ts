import { fileURLToPath } from 'node:url';

import { buildPackage } from './package-build.js';

await buildPackage(fileURLToPath(new URL('../dist', import.meta.url)));
