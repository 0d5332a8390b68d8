import { createTRPCClient, httpBatchLink, httpLink } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import superjson from 'superjson';
import { authErrorFormatter, createAuthRouter, createJwtAuth, secretKey, type AuthContext } from 'trpc-jwt-auth';
import {
  AuthClientError,
  cookieTokens,
  createAuthClient,
  createRestAuthClient,
  localStorageTokens,
  memoryTokens,
  sessionStorageTokens,
  type AuthClientErrorCode,
  type AuthState,
  type TokenStorage,
} from 'trpc-jwt-auth/client';
import { useAuth } from 'trpc-jwt-auth/client/react';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function expectType<_Holds extends true>(): void;

const keys = secretKey('0123456789abcdef0123456789abcdef');
const user = { id: 1, username: 'ada', isActive: true };
const users = { authenticate: () => user, findByUsername: () => user };

const plain = createJwtAuth({ keys, users });
const rich = createJwtAuth({
  keys,
  users,
  usernameField: 'email',
  sessions: { store: memorySessions() },
  responsePayload: () => ({ role: 'admin' as const, since: new Date(0) }),
});
const cookies = createJwtAuth({ keys, users, cookie: { name: 'jwt', tokenInBody: false } });

const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });
const plainRouter = t.router({ auth: createAuthRouter(plain, t), hello: t.procedure.query(() => 'hello') });
const mergedRouter = t.mergeRouters(createAuthRouter(plain, t), t.router({ hello: t.procedure.query(() => 'hello') }));
const cookieRouter = t.router({ auth: createAuthRouter(cookies, t) });
const s = initTRPC.context<AuthContext>().create({ transformer: superjson, errorFormatter: authErrorFormatter() });
const richRouter = s.router({ account: s.router({ auth: createAuthRouter(rich, s) }) });

export async function plainClient(): Promise<void> {
  const client = createAuthClient<typeof plainRouter>()({ url: '/trpc', path: 'auth', storage: localStorageTokens('jwt_token') });
  const { token } = await client.obtain({ username: 'ada', password: 'x' });
  expectType<Equal<typeof token, string>>();
  const me = await client.me();
  expectType<Equal<typeof me.user_id, number>>();
  const state = client.getSnapshot();
  if (state.status === 'signed-in') expectType<Equal<typeof state.user, { user_id: number; username: string }>>();
  if (state.status === 'signed-out') expectType<Equal<'revoked' extends typeof state.reason ? true : false, true>>();
  createTRPCClient<typeof plainRouter>({ links: [client.link(), httpBatchLink({ url: '/trpc', headers: client.headers })] });
  createTRPCClient<typeof plainRouter>({ links: [client.link(), httpLink({ url: '/trpc', headers: client.headers })] });

  // @ts-expect-error the field is called username
  await client.obtain({ email: 'ada', password: 'x' });
  // @ts-expect-error the server has no sessions
  await client.logoutAll();
  // @ts-expect-error the server has no sessions
  await client.sessions.list();
}

export async function richClient(): Promise<void> {
  const client = createAuthClient<typeof richRouter>()({ url: new URL('https://a.example/trpc'), path: 'account.auth', transformer: superjson });
  const answer = await client.obtain({ email: 'ada', password: 'x' });
  expectType<Equal<typeof answer.refresh_token, string>>();
  expectType<Equal<typeof answer.since, Date>>();
  expectType<Equal<(typeof answer)['role'], 'admin'>>();
  const { since } = await client.verify();
  expectType<Equal<typeof since, Date>>();
  const state = client.getSnapshot();
  // As it is after a reload.
  if (state.status === 'signed-in') expectType<Equal<typeof state.user.since, string>>();
  const sessions = await client.sessions.list();
  expectType<Equal<(typeof sessions)[number], { id: string; created_at: number; last_used_at: number; expires_at: number; client_address: string | null; user_agent: string | null; current: boolean }>>();
  const { revoked } = await client.logoutAll();
  expectType<Equal<typeof revoked, number>>();
  // @ts-expect-error the field is called email
  await client.obtain({ username: 'ada', password: 'x' });
  const { state: shown, client: again } = useAuth<typeof client>();
  if (shown.status === 'signed-in') expectType<Equal<typeof shown.user.role, 'admin'>>();
  await again.logout();
}

export async function otherClients(): Promise<void> {
  const merged = createAuthClient<typeof mergedRouter>()({ url: '/trpc', path: '', storage: sessionStorageTokens() });
  expectType<Equal<Awaited<ReturnType<typeof merged.obtain>>['token'], string>>();
  const inCookies = createAuthClient<typeof cookieRouter>()({ url: '/trpc', path: 'auth', storage: cookieTokens() });
  const answer = await inCookies.obtain({ username: 'ada', password: 'x' });
  expectType<Equal<typeof answer, { expires_at: number }>>();
  // @ts-expect-error no script sees a token
  expectType<Equal<typeof answer.token, string>>();

  const rest = createRestAuthClient<{ is_staff: boolean }>({ baseUrl: 'https://a.example', storage: memoryTokens(), paths: { obtain: '/login/' } });
  const { is_staff, token } = await rest.obtain({ username: 'ada', password: 'x' });
  expectType<Equal<typeof is_staff, boolean>>();
  expectType<Equal<typeof token, string | undefined>>();
  const byEmail = createRestAuthClient<object, 'email'>();
  await byEmail.obtain({ email: 'ada', password: 'x' });
  const storage: TokenStorage = { get: async () => null, set: async () => undefined, remove: () => undefined };
  createRestAuthClient({ storage });
}

// @ts-expect-error no authentication router is there
createAuthClient<typeof plainRouter>()({ url: '/trpc', path: 'account' });
// @ts-expect-error nor there
createAuthClient<typeof richRouter>()({ url: '/trpc', path: 'auth', transformer: superjson });
// @ts-expect-error the server has a transformer
createAuthClient<typeof richRouter>()({ url: '/trpc', path: 'account.auth' });
// @ts-expect-error the server has none
createAuthClient<typeof plainRouter>()({ url: '/trpc', path: 'auth', transformer: superjson });
// @ts-expect-error there is no such setting
createAuthClient<typeof plainRouter>()({ url: '/trpc', path: 'auth', timeoutSeconds: 3 });

const error = new AuthClientError('UNREACHABLE', 'The server cannot be reached.');
expectType<Equal<typeof error.code, AuthClientErrorCode>>();
const known: 'SIGNED_OUT' extends AuthClientErrorCode ? true : false = true;
const open: string extends AuthClientErrorCode ? true : false = false;
const state: AuthState<{ user_id: number }> = { status: 'signed-in', user: { user_id: 1 }, expiresAt: 1 };
// @ts-expect-error the state holds no token
export const none: unknown = state.token;
export const checked = { known, open };
