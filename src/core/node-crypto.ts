/**
 * Node's crypto where the runtime has it: Node, Bun, Deno, Workers with `nodejs_compat`. WebCrypto gives a few bytes to a thread and waits for
 * it, behind the passwords that are hashed there. A runtime without it has WebCrypto alone.
 */
// eslint-disable-next-line no-restricted-syntax -- no setting: what the runtime has
export const nodeCrypto = (globalThis.process as NodeJS.Process | undefined)?.getBuiltinModule?.('node:crypto');
