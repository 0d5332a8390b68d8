import { initTRPC } from '@trpc/server';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import express from 'express';
import superjson from 'superjson';
import { authErrorFormatter, createAuthRouter, createJwtAuth, protectedProcedure, secretKey } from 'trpc-jwt-auth';
import type { AuthContext, AuthEvent, JwtAuth, SessionBody } from 'trpc-jwt-auth';
import { requireUser, restBridge } from 'trpc-jwt-auth/express';
import { memorySessions, memoryThrottle } from 'trpc-jwt-auth/stores/memory';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function expectType<_Holds extends true>(): void;

interface User {
  id: string;
  username: string;
  isActive: boolean;
}
const keys = secretKey('0123456789abcdef0123456789abcdef');
const users = { authenticate: (): User | null => null, findByUsername: (): User | null => null };
const t = initTRPC.context<AuthContext>().create({ transformer: superjson, errorFormatter: authErrorFormatter() });

const auth = createJwtAuth({
  keys,
  users,
  sessions: { store: memorySessions(), graceSeconds: 10 },
  throttle: { store: memoryThrottle() },
  responsePayload: ({ user }) => ({ plan: user.id }),
  onEvent: (event) => {
    expectType<Equal<typeof event, AuthEvent>>();
    return event.type === 'throttled' ? event.availableInSeconds : undefined;
  },
});
const router = t.router({ auth: createAuthRouter(auth, t), mine: protectedProcedure(auth, t).query(({ ctx }) => auth.revokeUser(ctx.user.id)) });
type Inputs = inferRouterInputs<typeof router>;
type Outputs = inferRouterOutputs<typeof router>;
expectType<Equal<Outputs['auth']['obtain'], { token: string; refresh_token: string; plan: string }>>();
expectType<Equal<Outputs['auth']['refresh'], { token: string; refresh_token: string; plan: string }>>();
expectType<Equal<Outputs['auth']['verify'], { token: string; plan: string }>>();
expectType<Equal<Inputs['auth']['refresh'], { refresh_token: string } | { token: string }>>();
expectType<Equal<Outputs['auth']['logoutAll'], { revoked: number }>>();
expectType<Equal<Outputs['auth']['sessions']['list'][number]['current'], SessionBody['current']>>();
expectType<Equal<Inputs['auth']['sessions']['revoke'], { id: string }>>();
expectType<Equal<Outputs['mine'], number>>();

const sliding = createJwtAuth({ keys, users, sessions: { store: memorySessions(), slideByAccessToken: true } });
const slidingRouter = createAuthRouter(sliding);
expectType<Equal<inferRouterOutputs<typeof slidingRouter>['obtain'], { token: string; refresh_token: string }>>();
expectType<Equal<inferRouterOutputs<typeof slidingRouter>['refresh'], { token: string; refresh_token?: string }>>();

const cookies = createJwtAuth({ keys, users, sessions: { store: memorySessions() }, cookie: { name: 'jwt-token', tokenInBody: false } });
const cookieRouter = createAuthRouter(cookies);
expectType<Equal<inferRouterOutputs<typeof cookieRouter>['obtain'], { expires_at: number }>>();
expectType<Equal<inferRouterOutputs<typeof cookieRouter>['refresh'], { expires_at: number }>>();
expectType<undefined extends inferRouterInputs<typeof cookieRouter>['refresh'] ? true : false>();

const stateless = createAuthRouter(createJwtAuth({ keys, users }));
expectType<'logoutAll' extends keyof inferRouterOutputs<typeof stateless> ? false : true>();
expectType<'sessions' extends keyof inferRouterOutputs<typeof stateless> ? false : true>();
expectType<Equal<inferRouterOutputs<typeof stateless>['obtain'], { token: string }>>();

const anyAuth: JwtAuth<User> = auth;
express().use(restBridge(auth)).use(restBridge(anyAuth)).get('/', requireUser(auth, (req, res) => res.json(req.user.id)));

// @ts-expect-error the store is required
createJwtAuth({ keys, users, sessions: {} });
// @ts-expect-error an id of another type is another user's
void auth.revokeUser(1);
