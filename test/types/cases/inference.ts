import { initTRPC } from '@trpc/server';
import type { inferRouterError, inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import { createExpressMiddleware } from '@trpc/server/adapters/express';
import express from 'express';
import superjson from 'superjson';
import {
  authErrorFormatter,
  authResponseMeta,
  createAuthRouter,
  createJwtAuth,
  jwksVerifier,
  keyPair,
  keyRing,
  optionalUser,
  protectedProcedure,
  requireAuth,
  secretKey,
} from 'trpc-jwt-auth';
import type { AuthContext, AuthErrorCode, AuthVerifier, Claims, ClaimsUser, KeyRing, LoadedKeyRing } from 'trpc-jwt-auth';
import { fromDjangoSettings } from 'trpc-jwt-auth/django';
import { expressContext, requireUser, restBridge, views } from 'trpc-jwt-auth/express';
import { passwordAuthenticator } from 'trpc-jwt-auth/passwords';
import { ObtainJSONWebToken, RestResponse } from 'trpc-jwt-auth/rest';
import type { RestRequest } from 'trpc-jwt-auth/rest';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectType<Condition extends true>(): Condition | undefined {
  return undefined;
}

interface User {
  id: number;
  username: string;
  isActive: boolean;
  displayName: string;
}

declare const db: {
  userByName: (username: string) => Promise<User | null>;
  userWithHash: (username: string) => Promise<{ user: User; passwordHash: string } | null>;
  notesOf: (user: User) => string[];
};

// Users before responsePayload, and after it.
const auth = createJwtAuth({
  keys: secretKey('0123456789abcdef0123456789abcdef'),
  users: {
    authenticate: passwordAuthenticator({ find: (username) => db.userWithHash(username) }),
    findByUsername: (username) => db.userByName(username),
  },
  token: { expiresInSeconds: 300 },
  refresh: { windowSeconds: 7 * 24 * 3600 },
  responsePayload: ({ user }) => ({ user: { id: user.id, name: user.displayName }, expires_in: 300 }),
});

const payloadFirst = createJwtAuth({
  responsePayload: ({ user }) => ({ name: user.displayName }),
  keys: secretKey('0123456789abcdef0123456789abcdef'),
  users: {
    authenticate: passwordAuthenticator({ find: (username) => db.userWithHash(username) }),
    findByUsername: (username) => db.userByName(username),
  },
});
expectType<Equal<Awaited<ReturnType<typeof payloadFirst.verifyToken>>['user'], User>>();

const inlineFunctions = createJwtAuth({
  keys: secretKey('0123456789abcdef0123456789abcdef'),
  usernameField: 'email',
  users: {
    authenticate: async ({ username, password }) => (password === '' ? null : db.userByName(username)),
    findByUsername: (username) => db.userByName(username),
  },
  claims: (user) => ({ name: user.displayName }),
});

const t = initTRPC.context<AuthContext & { requestId: string }>().create({ transformer: superjson, errorFormatter: authErrorFormatter() });
const appRouter = t.router({
  auth: createAuthRouter(auth, t),
  byEmail: createAuthRouter(inlineFunctions, t),
  notes: protectedProcedure(auth, t).query(({ ctx }) => {
    expectType<Equal<typeof ctx.user, User>>();
    expectType<Equal<typeof ctx.requestId, string>>();
    return db.notesOf(ctx.user);
  }),
  older: t.procedure.use(requireAuth(auth)).query(({ ctx }) => ctx.user.displayName),
  maybe: t.procedure.use(optionalUser(auth)).query(({ ctx }) => {
    expectType<Equal<typeof ctx.user, User | null>>();
    return ctx.user?.displayName ?? null;
  }),
});
const merged = t.mergeRouters(createAuthRouter(auth, t), t.router({ hello: t.procedure.query(() => 'hello') }));

type Inputs = inferRouterInputs<typeof appRouter>;
type Outputs = inferRouterOutputs<typeof appRouter>;
expectType<Equal<Inputs['auth']['obtain'], { username: string; password: string }>>();
expectType<Equal<Inputs['byEmail']['obtain'], { email: string; password: string }>>();
expectType<Equal<Inputs['auth']['refresh'], { token: string }>>();
expectType<Equal<Outputs['auth']['obtain'], { token: string; user: { id: number; name: string }; expires_in: number }>>();
expectType<Equal<Outputs['auth']['me'], { user_id: number; username: string; expires_at: number; user: { id: number; name: string }; expires_in: number }>>();
expectType<Equal<Outputs['byEmail']['verify'], { token: string }>>();
expectType<Equal<Outputs['notes'], string[]>>();
expectType<Equal<Outputs['older'], string>>();
expectType<Equal<inferRouterOutputs<typeof merged>['hello'], string>>();
type ErrorData = inferRouterError<typeof appRouter>['data'];
expectType<Equal<ErrorData['authCode'], AuthErrorCode | null>>();
expectType<Equal<ErrorData['fieldErrors'], Record<string, string[]> | null>>();
expectType<Equal<'stack' extends keyof ErrorData ? true : false, false>>();

const inner = initTRPC.context<AuthContext>().create({
  errorFormatter: authErrorFormatter(({ shape }) => ({ ...shape, data: { ...shape.data, supportId: 'x' } })),
});
const innerRouter = inner.router({ auth: createAuthRouter(auth, inner) });
expectType<Equal<inferRouterError<typeof innerRouter>['data']['supportId'], string>>();
expectType<Equal<inferRouterError<typeof innerRouter>['data']['authCode'], AuthErrorCode | null>>();

// In cookie mode the token may be left to the cookie; kept out of bodies it is not in the type either.
const cookies = createJwtAuth({
  ...fromDjangoSettings({ SECRET_KEY: '0123456789abcdef0123456789abcdef' }),
  users: { authenticate: () => null, findByUsername: (username) => db.userByName(username) },
  cookie: { name: 'jwt-token', tokenInBody: false },
});
const alone = createAuthRouter(cookies);
expectType<Equal<inferRouterOutputs<typeof alone>['obtain'], { expires_at: number }>>();
expectType<undefined extends inferRouterInputs<typeof alone>['refresh'] ? true : false>();

const app = express();
class CustomObtainJWT extends ObtainJSONWebToken<User> {
  override async post(request: RestRequest<User>): Promise<RestResponse> {
    const serializer = this.getSerializer({ data: request.data });
    if (await serializer.isValid()) {
      const { token, user } = serializer.object;
      return new RestResponse({ token, user: { id: user.id, name: user.displayName } });
    }
    return new RestResponse(serializer.errors, { status: 400 });
  }
}
app.use(restBridge(auth, { views: { obtain: CustomObtainJWT } }));
app.use(restBridge(cookies), views(cookies).obtainJwtToken);
app.use('/trpc', createExpressMiddleware({
  router: appRouter,
  createContext: expressContext(auth, ({ req }) => ({ requestId: req.get('x-request-id') ?? '' })),
  responseMeta: authResponseMeta(() => ({ headers: { 'set-cookie': 'theme=dark' } })),
}));
app.get('/api/protected-endpoint/', requireUser(auth, (req, res) => {
  expectType<Equal<typeof req.user, User>>();
  res.json({ username: req.user.username });
}));
app.get('/middleware', requireUser(auth), (_req, res) => void res.end());
const { obtainJwtToken, refreshJwtToken, verifyJwtToken } = views(auth);
app.all('/login', obtainJwtToken).all('/refresh', refreshJwtToken).all('/verify', verifyJwtToken);

// Another service's tokens: who they say it is, or what the app makes of them.
const reports = jwksVerifier({ url: 'https://auth.example.com/.well-known/jwks.json', issuer: 'https://auth.example.com', audience: ['reports'] });
expectType<Equal<typeof reports, AuthVerifier<ClaimsUser>>>();
const tenants = jwksVerifier({
  url: new URL('https://auth.example.com/.well-known/jwks.json'),
  cookie: { name: 'jwt-token', trustedOrigins: ['https://app.example.com'] },
  userFromClaims: (claims) => {
    expectType<Equal<typeof claims, Claims>>();
    const { sub, tenant } = claims;
    return typeof sub === 'string' && typeof tenant === 'string' ? { id: sub, username: sub, isActive: true, tenant } : null;
  },
});
const named = jwksVerifier<User>({ url: 'https://auth.example.com/jwks', userFromClaims: ({ username }) => ({ id: 1, username: String(username), isActive: true, displayName: '' }) });
const resource = t.router({
  who: protectedProcedure(reports, t).query(({ ctx }) => {
    expectType<Equal<typeof ctx.user, ClaimsUser>>();
    expectType<Equal<typeof ctx.user.id, string | number>>();
    expectType<Equal<typeof ctx.claims, Claims>>();
    return ctx.user.email ?? null;
  }),
  tenant: protectedProcedure(tenants, t).query(({ ctx }) => ctx.user.tenant),
  name: t.procedure.use(requireAuth(named)).query(({ ctx }) => ctx.user.displayName),
  maybe: t.procedure.use(optionalUser(reports)).query(({ ctx }) => {
    expectType<Equal<typeof ctx.user, ClaimsUser | null>>();
    return ctx.user?.username ?? null;
  }),
});
expectType<Equal<inferRouterOutputs<typeof resource>, { who: string | null; tenant: string; name: string; maybe: string | null }>>();
app.use('/resource', createExpressMiddleware({ router: resource, createContext: expressContext(reports, () => ({ requestId: '' })) }));
app.get('/report', requireUser(tenants, (req, res) => {
  expectType<Equal<typeof req.user.tenant, string>>();
  res.json(req.claims);
}));
// An auth with users is a verifier, too.
const either: AuthVerifier<User> = auth;
app.get('/either', requireUser(either, (req, res) => res.json(req.user.displayName)));

const loaded = keyRing(async () => [keyPair({ algorithm: 'ES256', privateKey: 'PEM' }), secretKey('0123456789abcdef0123456789abcdef')], { reloadSeconds: 60, requireKid: true });
expectType<Equal<typeof loaded, LoadedKeyRing>>();
const listed = keyRing([secretKey('0123456789abcdef0123456789abcdef', { kid: '2027' })], { requireKid: true });
expectType<Equal<typeof listed, KeyRing>>();
