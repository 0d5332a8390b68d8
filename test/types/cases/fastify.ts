import { initTRPC } from '@trpc/server';
import { fastifyTRPCPlugin } from '@trpc/server/adapters/fastify';
import type { FastifyTRPCPluginOptions } from '@trpc/server/adapters/fastify';
import fastify from 'fastify';
import { authErrorFormatter, authResponseMeta, createAuthRouter, createJwtAuth, protectedProcedure, secretKey } from 'trpc-jwt-auth';
import type { AuthContext, AuthVerifier, Claims } from 'trpc-jwt-auth';
import { fastifyContext, requireUser, restBridge, views } from 'trpc-jwt-auth/fastify';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function expectType<_Holds extends true>(): void;

interface User {
  id: string;
  username: string;
  isActive: boolean;
  displayName: string;
}
const auth = createJwtAuth({
  keys: secretKey('0123456789abcdef0123456789abcdef'),
  users: { authenticate: (): User | null => null, findByUsername: (): User | null => null },
});

// What the app adds to the context is there beside auth.
interface AppContext extends AuthContext {
  requestId: string;
}
const t = initTRPC.context<AppContext>().create({ errorFormatter: authErrorFormatter() });
const router = t.router({ auth: createAuthRouter(auth, t), hello: protectedProcedure(auth, t).query(({ ctx }) => `${ctx.requestId} ${ctx.user.displayName}`) });
const trpcOptions: FastifyTRPCPluginOptions<typeof router>['trpcOptions'] = {
  router,
  createContext: fastifyContext(auth, ({ req }) => ({ requestId: req.id })),
  responseMeta: authResponseMeta(() => ({ headers: { 'set-cookie': 'theme=dark' } })),
};

const app = fastify();
void app.register(restBridge(auth));
void app.register(restBridge(auth, { paths: { obtain: '/login/' } }), { prefix: '/v1' });
void app.register(fastifyTRPCPlugin, { prefix: '/trpc', trpcOptions });
const { obtainJwtToken, refreshJwtToken, verifyJwtToken, logoutJwtToken } = views(auth);
app.all('/login', obtainJwtToken).all('/refresh', refreshJwtToken).all('/verify', verifyJwtToken).all('/logout', { logLevel: 'warn' }, logoutJwtToken);

app.get('/me', requireUser(auth, (_request, _reply, { user, claims }) => {
  expectType<Equal<typeof user, User>>();
  expectType<Equal<typeof claims, Claims>>();
  return { name: user.displayName };
}));
app.get<{ Params: { id: string }; Querystring: { page?: string } }>('/notes/:id', requireUser(auth, ({ params, query }, reply) => {
  expectType<Equal<typeof params, { id: string }>>();
  expectType<Equal<typeof query, { page?: string }>>();
  return reply.code(201).send({ id: params.id });
}));
// A verifier of another service's tokens does as well.
declare const reports: AuthVerifier<User & { tenant: string }>;
app.get('/report', requireUser(reports, (_request, _reply, { user }) => user.tenant));

// An app over TLS, and one with a log.
const secure = fastify({ https: { key: '', cert: '' } });
void secure.register(restBridge(auth));
secure.get('/me', requireUser(auth, (_request, _reply, { user }) => user.displayName));
const logging = fastify({ logger: { level: 'info' } });
void logging.register(restBridge(auth));
logging.all('/login', obtainJwtToken);
const http2 = fastify({ http2: true, https: {} });
void http2.register(restBridge(auth));
