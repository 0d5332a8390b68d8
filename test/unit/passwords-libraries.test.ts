import { describe, expect, it, vi } from 'vitest';

import { ConfigurationError } from '../../src/core/errors.js';
import { hashPassword, needsRehash, passwordAuthenticator, verifyPassword } from '../../src/passwords/index.js';

// As in an app that did not install them; that the import above succeeded says that nothing loads them before it must.
vi.mock('bcrypt', () => {
  throw Object.assign(new Error("Cannot find package 'bcrypt'"), { code: 'ERR_MODULE_NOT_FOUND' });
});
vi.mock('@node-rs/argon2', () => {
  throw Object.assign(new Error("Cannot find package '@node-rs/argon2'"), { code: 'ERR_MODULE_NOT_FOUND' });
});

const PASSWORD = 'testpass123';
const hashes = {
  argon2: ['argon2$argon2id$v=19$m=102400,t=2,p=8$RlpIZnVQTndzMkM2MXd1VE9KNnZodA$TD5qoIpKxxyAb5oqx31/Jw', '@node-rs/argon2'],
  bcrypt: ['bcrypt$$2b$12$UywMAvOTHk590V6SDIUaBudD7aVbIYV2sWCPBl.G9oplbv5rSMqh6', 'bcrypt'],
  bcrypt_sha256: ['bcrypt_sha256$$2b$12$T4hTU86tn4hsClAQAMbMCOjMWPYVoctwn5ieUL7JEp9yhYOWM2KyK', 'bcrypt'],
} as const;
const PBKDF2 = 'pbkdf2_sha256$260000$2zUuviJwOxlyfJSntPnRa1$D7XqZ5PPpASH+yF7S+mrIN2RgcO2U9ATdqpC52cFg9M=';
const SCRYPT = await hashPassword(PASSWORD);

const rows: Record<string, string> = { scrypt: SCRYPT, pbkdf2: PBKDF2, argon2: hashes.argon2[0], bcrypt: hashes.bcrypt[0] };
const find = (username: string) => {
  const passwordHash = rows[username];
  return passwordHash === undefined ? null : { user: { id: 1, username, isActive: true }, passwordHash };
};

describe('a library that is not installed', () => {
  it.each(Object.entries(hashes))('is a ConfigurationError that names the mend, and no wrong password: %s', async (_, [encoded, library]) => {
    const verified = verifyPassword(encoded, PASSWORD);
    await expect(verified).rejects.toThrow(ConfigurationError);
    await expect(verified).rejects.toThrow(`A stored password hash needs the package ${library}, which cannot be loaded; run: npm install ${library}`);
    await expect(verified).rejects.not.toThrow(/\$|testpass/);
  });

  it('is not needed for the other formats, nor to read, nor to tell what is weak', async () => {
    expect(await verifyPassword(SCRYPT, PASSWORD)).toBe(true);
    expect(await verifyPassword(PBKDF2, PASSWORD)).toBe(true);
    expect(needsRehash(hashes.argon2[0])).toBe(false);
    expect(needsRehash(hashes.bcrypt[0])).toBe(true);
    expect(() => passwordAuthenticator({ find, storedHashes: [hashes.argon2[0]] })).not.toThrow();
  });

  it('fails the logins that need it, and none beside them', async () => {
    const authenticate = passwordAuthenticator({ find });
    for (const username of ['argon2', 'bcrypt']) await expect(authenticate({ username, password: PASSWORD })).rejects.toThrow(ConfigurationError);
    for (const username of ['scrypt', 'pbkdf2']) expect(await authenticate({ username, password: PASSWORD })).toMatchObject({ username });
    expect(await authenticate({ username: 'nobody', password: PASSWORD })).toBeNull();
    expect(authenticate.pendingLogins).toBe(0);
  });

  it('fails all logins alike where storedHashes says that the table needs it', async () => {
    const authenticate = passwordAuthenticator({ find, storedHashes: [hashes.argon2[0]] });
    for (const username of ['nobody', 'scrypt', 'argon2']) {
      await expect(authenticate({ username, password: 'wrong' })).rejects.toThrow('npm install @node-rs/argon2');
    }
  });
});
