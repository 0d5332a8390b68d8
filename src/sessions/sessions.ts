import { checkClaims, refreshClaims, sessionOf } from '../core/claims.js';
import type { Claims, SessionClaims } from '../core/claims.js';
import { epochSeconds } from '../core/clock.js';
import { AuthError } from '../core/errors.js';
import { NOWHERE } from '../core/events.js';
import type { EventOrigin, RevokedEvent } from '../core/events.js';
import type { FindUser } from '../core/identity.js';
import type { AuthUser } from '../core/ports.js';
import { newSessionId } from '../core/session-store.js';
import type { FoundSession, SessionRecord } from '../core/session-store.js';
import type { ResolvedSessions } from '../core/session-settings.js';
import type { ResolvedSettings } from '../core/settings.js';
import type { Tokens } from '../core/tokens.js';
import { judgeAccess, judgeRefresh, rotationChange } from './rotation.js';
import { createSessionReader } from './session-reader.js';

/** What a session gives to the tokens of one answer. */
export interface SessionTokens {
  readonly claims: SessionClaims;
  readonly createdAt: number;
  readonly refreshToken: string;
  /** Epoch seconds. */
  readonly refreshExpiresAt: number;
}

/** The sessions of one configuration. */
export interface Sessions<User extends AuthUser> {
  /** Begins a session; `startedAt` is the login's time where that was earlier, in epoch milliseconds. @throws AuthError STORE_UNAVAILABLE */
  readonly open: (user: User, origin: EventOrigin, startedAt?: number) => Promise<SessionTokens>;
  /** Judges an access token by its session. @throws AuthError TOKEN_REVOKED, TOKEN_EXPIRED, TOKEN_PAYLOAD_INVALID, STORE_UNAVAILABLE */
  readonly check: (claims: Claims, user: User) => Promise<void>;
  /** Exchanges a refresh token. @throws AuthError every code of a bad token, TOKEN_REVOKED, STORE_UNAVAILABLE */
  readonly refresh: (token: string, origin: EventOrigin) => Promise<{ readonly user: User; readonly session: SessionTokens }>;
  /** The claims of a refresh token whose signature is good, however old it is. @throws AuthError TOKEN_UNDECODABLE, TOKEN_REJECTED */
  readonly readRefreshToken: (token: string) => Promise<Claims>;
  /** Ends the session that verified claims name, if any. @throws AuthError TOKEN_PAYLOAD_INVALID, STORE_UNAVAILABLE */
  readonly leave: (claims: Claims, origin: EventOrigin) => Promise<void>;
  /** Ends one session of a user, and tells whether there was one. @throws AuthError STORE_UNAVAILABLE */
  readonly revoke: (sessionId: string, userId: string, reason: RevokedEvent['reason'], origin: EventOrigin) => Promise<boolean>;
  /** Ends a user's sessions, all but one where `exceptId` is given, and tells how many. @throws AuthError STORE_UNAVAILABLE */
  readonly revokeUser: (userId: string, reason: RevokedEvent['reason'], origin: EventOrigin, exceptId?: string) => Promise<number>;
  /** A user's live sessions, the last used first. @throws AuthError STORE_UNAVAILABLE */
  readonly list: (userId: string) => Promise<readonly SessionRecord[]>;
  /** Calls `told` when this process learns that the session of verified claims has ended; gives a function that ends that. */
  readonly watch: (claims: Claims, told: () => void) => () => void;
}

const MOST_USER_AGENT = 512;
// A rotation that lost its race is judged anew; to lose again, the generation must have moved again meanwhile.
const MOST_RACES = 5;

/** The rules of sessions over a store. */
export function createSessions<User extends AuthUser>(
  settings: ResolvedSettings<User> & { readonly sessions: ResolvedSessions },
  refreshTokens: Tokens<User>,
  findUser: FindUser<User>,
): Sessions<User> {
  const { sessions: policy, clock, emit } = settings;
  const store = createSessionReader(settings);

  const tokensOf = async (user: User, session: SessionRecord): Promise<SessionTokens> => {
    const claims = { sid: session.id, gen: session.generation };
    const refreshExpiresAt = Math.floor(session.expiresAt / 1000);
    const refreshToken = await refreshTokens.sign(refreshClaims(settings, user, epochSeconds(clock), refreshExpiresAt, claims), user);
    return { claims, createdAt: session.createdAt, refreshToken, refreshExpiresAt };
  };
  const tell = (ended: number, reason: RevokedEvent['reason'], userId: string | undefined, sessionId: string | undefined, origin: EventOrigin): void => {
    if (ended > 0) emit({ type: 'revoked', at: clock(), reason, userId, sessionId, sessions: ended, ...origin });
  };
  const endedFor = async (cause: 'stale' | 'ahead', session: FoundSession, origin: EventOrigin): Promise<AuthError> => {
    emit({ type: 'reuse-detected', at: clock(), cause, userId: session.userId, sessionId: session.id, ...origin });
    await sessions.revoke(session.id, session.userId, cause === 'stale' ? 'reuse' : 'rollback', origin);
    return new AuthError('TOKEN_REVOKED');
  };

  const sessions: Sessions<User> = {
    open: async (user, origin, startedAt) => {
      const now = clock();
      const createdAt = Math.min(now, startedAt ?? now);
      const userId = String(user.id);
      const session: SessionRecord = {
        id: newSessionId(userId),
        userId,
        generation: 1,
        confirmedAt: null,
        graces: [],
        createdAt,
        lastUsedAt: now,
        expiresAt: Math.min(now + policy.idleMs, createdAt + policy.absoluteMs),
        clientAddress: origin.clientAddress ?? null,
        userAgent: origin.userAgent?.slice(0, MOST_USER_AGENT) ?? null,
      };
      await store.create(session);
      return tokensOf(user, session);
    },

    check: async (claims, user) => {
      const named = sessionOf(claims);
      if (named === undefined) {
        if (clock() < policy.acceptSessionlessUntil) return;
        throw new AuthError('TOKEN_REVOKED');
      }
      const session = await store.findForAccess(named, claims);
      if (session === null || session.userId !== String(user.id)) throw new AuthError('TOKEN_REVOKED');
      const verdict = judgeAccess(session, named.gen);
      if (verdict.kind === 'ahead') throw await endedFor('ahead', session, NOWHERE);
      if (verdict.kind === 'revoked') throw new AuthError('TOKEN_REVOKED');
      // By the store's clock as well: one server's own may have been set back.
      checkClaims(settings, claims, Math.floor(session.readAt / 1000));
      if (verdict.confirms) await store.confirm(session);
    },

    refresh: async (token, origin) => {
      const { claims, user: found } = await refreshTokens.verify(token);
      checkClaims(settings, claims, epochSeconds(clock));
      const named = sessionOf(claims);
      if (named === undefined || typeof claims.sub !== 'string') throw new AuthError('TOKEN_PAYLOAD_INVALID');
      for (let race = 0; race < MOST_RACES; race += 1) {
        const session = await store.find(named.sid, claims);
        const verdict = judgeRefresh(session, named.gen, session?.readAt ?? 0, policy.graceMs);
        if (session === null || verdict.kind === 'revoked' || String(claims.user_id) !== session.userId) throw new AuthError('TOKEN_REVOKED');
        if (verdict.kind === 'ahead') throw await endedFor('ahead', session, origin);
        if (verdict.kind === 'reuse') throw await endedFor('stale', session, origin);
        const user = await findUser(claims.sub, claims, found);
        if (verdict.kind === 'reissue') return { user, session: await tokensOf(user, session) };
        const change = rotationChange(session, verdict.graces, session.readAt, policy);
        if (await store.rotate(session, change)) {
          return { user, session: await tokensOf(user, { ...session, ...change, generation: verdict.generation }) };
        }
      }
      throw new AuthError('STORE_UNAVAILABLE', { cause: new Error(`A session was rotated ${MOST_RACES} times during one refresh.`) });
    },

    readRefreshToken: async (token) => (await refreshTokens.verify(token)).claims,

    revoke: async (sessionId, userId, reason, origin) => {
      const revoked = await store.revoke(sessionId, userId);
      tell(revoked ? 1 : 0, reason, userId, sessionId, origin);
      return revoked;
    },
    leave: async (claims, origin) => {
      const named = sessionOf(claims);
      if (named === undefined || !(await store.revoke(named.sid))) return;
      const { user_id: id } = claims;
      tell(1, 'logout', typeof id === 'string' || typeof id === 'number' ? String(id) : undefined, named.sid, origin);
    },

    revokeUser: async (userId, reason, origin, exceptId) => {
      const ended = await store.revokeUser(userId, exceptId);
      tell(ended, reason, userId, undefined, origin);
      return ended;
    },

    list: (userId) => store.list(userId),

    watch: (claims, told) => {
      const named = sessionOf(claims);
      return named === undefined ? () => undefined : store.watch(named.sid, told);
    },
  };
  return sessions;
}
