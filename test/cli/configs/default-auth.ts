export { auth as default } from './plain-auth.js';
