import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { createJwtAuth, secretKey } from 'trpc-jwt-auth';

/** What every server here, ours and the others', signs and verifies HS256 with. */
export const SECRET = '0123456789abcdef0123456789abcdef';

export const ADA = { id: 1, username: 'ada', isActive: true };

/** What the protected endpoints answer. */
export const GREETING = { username: ADA.username };

/** How often the user was looked up. */
export const counts = { userLookUps: 0 };

const users = new Map([[ADA.username, ADA]]);

/** The users, in memory; the password is not looked at. */
export const port = {
  authenticate: ({ username }: { readonly username: string }) => users.get(username) ?? null,
  findByUsername: (username: string) => {
    counts.userLookUps += 1;
    return users.get(username) ?? null;
  },
};

/** Ours, with the header that the others read. */
export const createAuth = () => createJwtAuth({ keys: secretKey(SECRET), users: port, token: { headerPrefix: 'Bearer' } });

/** The port of a server that listens where only this machine reaches it. */
export async function listen(server: { listen: (port: number, host: string, done: () => void) => Server }): Promise<{ readonly port: number }> {
  const listening = await new Promise<Server>((resolve) => {
    const started = server.listen(0, '127.0.0.1', () => resolve(started));
  });
  return { port: (listening.address() as AddressInfo).port };
}
