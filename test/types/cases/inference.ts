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
  optionalUser,
  protectedProcedure,
  requireAuth,
  secretKey,
} from 'trpc-jwt-auth';
import type { AuthContext, AuthErrorCode } from 'trpc-jwt-auth';
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
