import { workerHandler } from './worker-handler.js';

export default workerHandler({ hasNode: false, checks: [] });
