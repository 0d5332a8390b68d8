import { initTRPC } from '@trpc/server';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import { authErrorFormatter, createAuthRouter, createJwtAuth } from 'trpc-jwt-auth';
import type { AuthContext } from 'trpc-jwt-auth';
import { fromDjangoSettings } from 'trpc-jwt-auth/django';
import type { JwtAuthDict } from 'trpc-jwt-auth/django';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectType<_T extends true>(): void {}

interface User {
  id: number;
  username: string;
  isActive: boolean;
  displayName: string;
}

declare const ada: User;
const users = { authenticate: () => ada, findByUsername: () => ada };
const SECRET_KEY = 'a-django-secret-key-of-fifty-characters-0123456789';
const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });

// The user is the table's; a cookie lets the token be left to it; no handler adds nothing.
const plain = createJwtAuth({ ...fromDjangoSettings({ SECRET_KEY, JWT_AUTH: { JWT_AUTH_COOKIE: 'jwt-token', JWT_EXPIRATION_DELTA: 3600 } }), users });
expectType<Equal<Awaited<ReturnType<typeof plain.verifyToken>>['user'], User>>();
const plainRouter = createAuthRouter(plain, t);
expectType<Equal<inferRouterOutputs<typeof plainRouter>['obtain'], { token: string }>>();
expectType<undefined extends inferRouterInputs<typeof plainRouter>['refresh'] ? true : false>();

const headerOnly = createAuthRouter(createJwtAuth({ ...fromDjangoSettings({ SECRET_KEY, JWT_AUTH: { JWT_AUTH_COOKIE: null } }), users }), t);
expectType<Equal<inferRouterInputs<typeof headerOnly>['refresh'], { token: string }>>();

// The handlers moved over: the answer's type is what the response handler adds; the token is the package's.
const moved = createJwtAuth({
  ...fromDjangoSettings(
    {
      SECRET_KEY,
      JWT_AUTH: {
        JWT_PAYLOAD_HANDLER: (user: User) => ({ sub: user.displayName, exp: new Date() }),
        JWT_PAYLOAD_GET_USERNAME_HANDLER: ({ sub }) => (typeof sub === 'string' ? sub : null),
        JWT_RESPONSE_PAYLOAD_HANDLER: (token, user: User, request) => ({ token, name: user.displayName, from: request?.clientAddress ?? null }),
        JWT_GET_USER_SECRET_KEY: async (user: User) => Promise.resolve(user.displayName),
        JWT_SECRET_KEY: { new: SECRET_KEY, old: SECRET_KEY },
        JWT_ALGORITHM: ['HS256', 'HS512'],
        JWT_REFRESH_EXPIRATION_DELTA: { days: 7 },
        JWT_TOKEN_ID: 'require',
      },
    },
    { package: 'drf-jwt' },
  ),
  users,
});
const movedRouter = createAuthRouter(moved, t);
expectType<Equal<inferRouterOutputs<typeof movedRouter>['obtain'], { token: string; name: string; from: string | null }>>();

// A handler for users the table does not have.
// @ts-expect-error the users have no email
createJwtAuth({ ...fromDjangoSettings({ SECRET_KEY, JWT_AUTH: { JWT_PAYLOAD_HANDLER: (user: User & { email: string }) => ({ sub: user.email }) } }), users });
// @ts-expect-error a misspelt key
fromDjangoSettings({ SECRET_KEY, JWT_AUTH: { JWT_ALOW_REFRESH: true } });
// @ts-expect-error a cookie that is refused
fromDjangoSettings({ SECRET_KEY, JWT_AUTH: { JWT_IMPERSONATION_COOKIE: 'imp' } });

// A dict declared elsewhere, or read from JSON.
declare const dict: JwtAuthDict;
const declared = createJwtAuth({ ...fromDjangoSettings({ SECRET_KEY, JWT_AUTH: dict }), users });
expectType<Equal<Awaited<ReturnType<typeof declared.verifyToken>>['user'], User>>();
