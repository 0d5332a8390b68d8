export { passwordAuthenticator } from './password-authenticator.js';
export type { PasswordAuthenticator, PasswordAuthenticatorOptions, UserWithHash } from './password-authenticator.js';
export { hashPassword, needsRehash, verifyPassword } from './password-hash.js';
