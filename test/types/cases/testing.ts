import { initTRPC } from '@trpc/server';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import { authErrorFormatter, createAuthRouter, createJwtAuth, jwksVerifier, protectedProcedure, secretKey } from 'trpc-jwt-auth';
import type { AuthContext, AuthUser, Clock, JwtAuth } from 'trpc-jwt-auth';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';
import { callerContext, expiredToken, foreignToken, forgedToken, mintToken, testAuth, testClock, unsignedToken } from 'trpc-jwt-auth/testing';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function expectType<_Holds extends true>(): void;

interface User {
  id: string;
  username: string;
  isActive: boolean;
  plan: 'free' | 'paid';
}
const grace: User = { id: 'g', username: 'grace', isActive: true, plan: 'paid' };
const t = initTRPC.context<AuthContext & { requestId: string }>().create({ errorFormatter: authErrorFormatter() });

// As createJwtAuth would type it.
const auth = testAuth({
  responsePayload: ({ user }) => ({ plan: user.plan }),
  users: [grace],
  claims: (user) => ({ plan: user.plan }),
  usernameField: 'email',
  sessions: { store: memorySessions() },
  clock: testClock(new Date('2030-01-01')),
});
const router = t.router({ auth: createAuthRouter(auth, t), plan: protectedProcedure(auth, t).query(({ ctx }) => ctx.user.plan) });
type Inputs = inferRouterInputs<typeof router>;
type Outputs = inferRouterOutputs<typeof router>;
expectType<Equal<Inputs['auth']['obtain'], { email: string; password: string }>>();
expectType<Equal<Inputs['auth']['refresh'], { refresh_token: string } | { token: string }>>();
expectType<Equal<Outputs['auth']['obtain'], { token: string; refresh_token: string; plan: 'free' | 'paid' }>>();
expectType<Equal<Outputs['plan'], 'free' | 'paid'>>();
const cookies = createAuthRouter(testAuth({ cookie: { name: 'jwt-token', tokenInBody: false } }));
expectType<Equal<inferRouterOutputs<typeof cookies>['obtain'], { expires_at: number }>>();
const plain = testAuth();
expectType<Equal<typeof plain, JwtAuth<AuthUser, object, 'username', undefined, undefined>>>();
const stands: Clock = testClock();

// For the app's own auth too, with the app's own user, or his name.
const real = createJwtAuth({ keys: secretKey('0123456789abcdef0123456789abcdef'), users: { authenticate: () => grace, findByUsername: () => grace }, cookie: { name: 'jwt-token' } });
for (const make of [mintToken, expiredToken, forgedToken, foreignToken, unsignedToken]) {
  const token = make(real, grace, { plan: 'free', exp: undefined });
  expectType<Equal<typeof token, Promise<string>>>();
}
declare const minted: string;
router.createCaller({ ...callerContext(real, { token: minted, headers: { 'user-agent': 'test' } }), requestId: '1' });
callerContext(jwksVerifier({ url: 'https://auth.example.com/jwks' }));

// @ts-expect-error a user of another app
void mintToken(real, { id: 'g', username: 'grace', isActive: true });
// @ts-expect-error an id of another type is another user's
void mintToken(real, { ...grace, id: 1 });
// @ts-expect-error a token is awaited
callerContext(auth, { token: mintToken(auth, 'grace') });
// @ts-expect-error the token is an option
callerContext(auth, minted);
// @ts-expect-error the context has more than auth
router.createCaller(callerContext(auth));
// @ts-expect-error isActive is required of a user
testAuth({ users: [{ id: 1, username: 'ada' }] });
// @ts-expect-error no such setting
testAuth({ expiresIn: 300 });
// @ts-expect-error seconds have their name
testClock().advance(301);
// @ts-expect-error a verifier has no keys to sign with
void mintToken(jwksVerifier({ url: 'https://auth.example.com/jwks' }), 'ada');

export const checked = { stands };
