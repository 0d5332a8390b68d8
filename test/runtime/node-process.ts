import { runSuite } from './process-suite.js';

await runSuite();
