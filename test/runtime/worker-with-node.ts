import { passwordChecks } from './password-checks.js';
import { storeChecks } from './store-checks.js';
import { workerHandler } from './worker-handler.js';

export default workerHandler({ hasNode: true, checks: [...passwordChecks, ...storeChecks] });
