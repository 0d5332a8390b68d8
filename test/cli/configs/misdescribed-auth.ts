export { auth } from './described-auth.js';

export const openApi = { pahts: { obtain: '/login/' } };
