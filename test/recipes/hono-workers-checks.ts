import { hashPassword } from 'trpc-jwt-auth/passwords';

import { equal } from '../runtime/check.js';
import { recipeModule, runChecks } from './check-process.js';

interface App {
  request: (path: string, init?: RequestInit) => Promise<Response>;
}
interface Worker {
  default: { fetch: (request: Request, environment: object) => Promise<Response> };
}

const JWT_SECRET = process.env.JWT_SECRET!;
const row = { id: 1, username: 'ada', is_active: 1, password_hash: await hashPassword('engine') };
const userByName = async (username: string) => (username === 'ada' ? { user: { id: 1, username, isActive: true }, passwordHash: row.password_hash } : null);
/** A D1 database of one row, as its documentation has it. */
const DB = { prepare: (_sql: string) => ({ bind: (username: string) => ({ first: async () => (username === 'ada' ? row : null) }) }) };

const { createApp } = await recipeModule<{ createApp: (bindings: object) => App }>('./app.js');
const { default: worker } = await recipeModule<Worker>('./index.js');

const login = (password: string, headers: Record<string, string> = {}): RequestInit => ({ method: 'POST', body: new URLSearchParams({ username: 'ada', password }), headers });
const tokenOf = async (answer: Response): Promise<string> => ((await answer.json()) as { token: string }).token;
const jsonOf = async (answer: Response): Promise<unknown> => [answer.status, await answer.json()];

await runChecks({
  'serves REST, tRPC and a protected endpoint': async () => {
    const app = createApp({ JWT_SECRET, userByName });
    const headers = { Authorization: `JWT ${await tokenOf(await app.request('/api-token-auth/', login('engine')))}` };
    equal(await jsonOf(await app.request('/api/whoami', { headers })), [200, { username: 'ada' }]);
    equal(await jsonOf(await app.request('/trpc/hello', { headers })), [200, { result: { data: 'Hello, ada' } }]);
    equal([(await app.request('/api/whoami')).status, (await app.request('/trpc/hello')).status, (await app.request('/nowhere')).status], [401, 401, 404]);
  },
  'counts failed logins by the address that Cloudflare gives': async () => {
    const app = createApp({ JWT_SECRET, userByName });
    const from = (address: string, password = 'wrong') => app.request('/api-token-auth/', login(password, { 'CF-Connecting-IP': address })).then(({ status }) => status);
    for (let attempts = 0; attempts < 10; attempts += 1) equal(await from('192.0.2.1'), 401);
    equal([await from('192.0.2.1', 'engine'), await from('198.51.100.1', 'engine')], [429, 200]);
  },
  'takes secret and users from the bindings': async () => {
    const environment = { JWT_SECRET, DB };
    const token = await tokenOf(await worker.fetch(new Request('https://example.com/api-token-auth', login('engine')), environment));
    const answer = await worker.fetch(new Request('https://example.com/api/whoami', { headers: { Authorization: `JWT ${token}` } }), environment);
    equal(await jsonOf(answer), [200, { username: 'ada' }]);
  },
  'does not start without a secret': async () => {
    let message = '';
    try {
      createApp({ JWT_SECRET: undefined, userByName });
    } catch (error) {
      message = String(error);
    }
    equal(message.includes('secretKey'), true);
  },
});
