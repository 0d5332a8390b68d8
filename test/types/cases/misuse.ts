import { initTRPC } from '@trpc/server';
import superjson from 'superjson';
import { authErrorFormatter, createAuthRouter, createJwtAuth, jwksVerifier, keyPair, keyRing, protectedProcedure, requireAuth, secretKey } from 'trpc-jwt-auth';
import type { AuthContext } from 'trpc-jwt-auth';
import { restBridge } from 'trpc-jwt-auth/express';

const keys = secretKey('0123456789abcdef0123456789abcdef');
const users = { authenticate: () => null, findByUsername: (username: string) => ({ id: 1, username, isActive: true }) };
const auth = createJwtAuth({ keys, users });

// A context without AuthContext.
const withoutContext = initTRPC.create({ transformer: superjson, errorFormatter: authErrorFormatter() });
// @ts-expect-error the context has no auth
createAuthRouter(auth, withoutContext);
// @ts-expect-error the context has no auth
protectedProcedure(auth, withoutContext);
// @ts-expect-error the context has no auth
withoutContext.procedure.use(requireAuth(auth));

// A builder without the formatter.
const withoutFormatter = initTRPC.context<AuthContext>().create({ transformer: superjson });
// @ts-expect-error errors have no authCode
createAuthRouter(auth, withoutFormatter);
// @ts-expect-error errors have no authCode
protectedProcedure(auth, withoutFormatter);

// @ts-expect-error users are required
createJwtAuth({ keys });
// @ts-expect-error keys are required
createJwtAuth({ users });
// @ts-expect-error isActive is required of a user
createJwtAuth({ keys, users: { authenticate: () => null, findByUsername: (username: string) => ({ id: 1, username }) } });
// @ts-expect-error registered claims are the package's
createJwtAuth({ keys, users, claims: () => ({ exp: 1 }) });
// @ts-expect-error a promise would add nothing
createJwtAuth({ keys, users, responsePayload: async () => ({ plan: 'free' }) });
// @ts-expect-error no such setting
createJwtAuth({ keys, users, expiresIn: 300 });
// @ts-expect-error no such algorithm
secretKey('0123456789abcdef0123456789abcdef', { algorithm: 'none' });

const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });
const caller = t.createCallerFactory(t.router({ auth: createAuthRouter(auth, t) }))({} as AuthContext);
// @ts-expect-error the password is missing
void caller.auth.obtain({ username: 'ada' });
// @ts-expect-error the token is required where no cookie brings it
void caller.auth.refresh();
t.router({
  open: t.procedure.query(({ ctx }) => {
    // @ts-expect-error a public procedure has no user
    return ctx.user as unknown;
  }),
});

const url = 'https://auth.example.com/.well-known/jwks.json';
const verifier = jwksVerifier({ url });
// @ts-expect-error the url is required
jwksVerifier({ issuer: 'https://auth.example.com' });
// @ts-expect-error no such setting
jwksVerifier({ url, keys });
// @ts-expect-error isActive is required of a user
jwksVerifier({ url, userFromClaims: () => ({ id: 1, username: 'ada' }) });
// @ts-expect-error a promise is no user
jwksVerifier({ url, userFromClaims: async () => ({ id: 1, username: 'ada', isActive: true }) });
// @ts-expect-error nothing is no user; null is nobody
jwksVerifier({ url, userFromClaims: () => undefined });
// @ts-expect-error a verifier sets no cookie, and so has none of its attributes
jwksVerifier({ url, cookie: { name: 'jwt-token', sameSite: 'none' } });
// @ts-expect-error a verifier has no logins to serve
createAuthRouter(verifier, t);
// @ts-expect-error a verifier has no logins to serve
restBridge(verifier);
// @ts-expect-error the context has no auth
protectedProcedure(verifier, withoutContext);
// @ts-expect-error errors have no authCode
protectedProcedure(verifier, withoutFormatter);
protectedProcedure(verifier, t).query(({ ctx }) => {
  // @ts-expect-error a user of claims has only what they say
  return ctx.user.displayName as unknown;
});

// @ts-expect-error a secret's algorithm has no pair
keyPair({ algorithm: 'HS256', privateKey: 'PEM' });
// @ts-expect-error a pair's algorithm has no secret
secretKey('0123456789abcdef0123456789abcdef', { algorithm: 'RS256' });
// @ts-expect-error a list of keys is not loaded
void keyRing([keys]).reload();
// @ts-expect-error a list of keys is not loaded
keyRing([keys], { reloadSeconds: 60 });
// @ts-expect-error no key
keyRing(() => ['0123456789abcdef0123456789abcdef']);
