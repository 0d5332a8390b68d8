import { betterAuth as createBetterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { toNodeHandler } from 'better-auth/node';

/** One user's session at better-auth. */
export interface BetterAuth {
  readonly cookie: string;
  /** The user's name, found in the app's own code. */
  readonly getSession: (cookie: string | undefined) => Promise<string | undefined>;
  /** better-auth's own endpoints. */
  readonly endpoints: ReturnType<typeof toNodeHandler>;
}

/** better-auth with its memory adapter, one user signed up, and the cookie of his session. */
export async function betterAuth(name: string): Promise<BetterAuth> {
  const auth = createBetterAuth({
    baseURL: 'http://127.0.0.1',
    secret: 'a-secret-of-the-bench-0123456789abcdef',
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
  });
  const { headers } = await auth.api.signUpEmail({ body: { name, email: 'ada@example.com', password: 'engine engine' }, returnHeaders: true });
  const cookie = headers.getSetCookie().map((each) => each.split(';', 1)[0]).join('; ');
  return {
    cookie,
    endpoints: toNodeHandler(auth),
    getSession: async (sent) => (await auth.api.getSession({ headers: new Headers(sent === undefined ? {} : { cookie: sent }) }))?.user.name,
  };
}
