import type { z } from 'zod';

import { originOf } from '../core/call.js';
import type { CallRequest, Identity } from '../core/call.js';
import { sessionOf } from '../core/claims.js';
import { AuthError, ConfigurationError } from '../core/errors.js';
import type { AuthUser } from '../core/ports.js';
import type { SessionRecord } from '../core/session-store.js';
import type { Sessions } from '../sessions/sessions.js';
import { charField, fieldSet } from './fields.js';
import { noInput } from './no-input.js';
import type { Serializer } from './serializer.js';

/** A session as its user sees it; times are epoch seconds. */
export interface SessionBody {
  id: string;
  created_at: number;
  /** When it was last refreshed. */
  last_used_at: number;
  expires_at: number;
  /** Where it logged in from. */
  client_address: string | null;
  user_agent: string | null;
  /** Whether it is the caller's own. */
  current: boolean;
}

/** How many sessions an operation ended. */
export interface RevokedBody {
  revoked: number;
}

/** Which session to end. */
export interface SessionInput {
  id: string;
}

interface Caller<User extends AuthUser> extends Identity<User> {
  readonly userId: string;
  readonly sessions: Sessions<User>;
}

async function callerOf<User extends AuthUser>(request: CallRequest<User> | undefined, sessions: Sessions<User> | undefined): Promise<Caller<User>> {
  if (sessions === undefined) throw new ConfigurationError('createJwtAuth: there are no sessions; set sessions: { store }.');
  if (request === undefined) throw new AuthError('NOT_AUTHENTICATED');
  const identity = await request.identify();
  return { ...identity, userId: String(identity.user.id), sessions };
}

/** Ends all of the caller's sessions, this one too. */
export function logoutAllSerializer<User extends AuthUser>(
  cookieMode: boolean,
  configured: Sessions<User> | undefined,
): Serializer<undefined, undefined, RevokedBody, User> {
  return {
    input: noInput,
    validate: async (_attrs, request) => {
      if (cookieMode) request?.expectCookie();
      const { userId, sessions } = await callerOf(request, configured);
      return { revoked: await sessions.revokeUser(userId, 'logout-all', originOf(request)) };
    },
  };
}

/** The caller's sessions, the last used first. */
export function sessionListSerializer<User extends AuthUser>(configured: Sessions<User> | undefined): Serializer<undefined, undefined, SessionBody[], User> {
  return {
    input: noInput,
    validate: async (_attrs, request) => {
      const { userId, claims, sessions } = await callerOf(request, configured);
      const current = sessionOf(claims)?.sid;
      return (await sessions.list(userId)).map((session) => sessionBody(session, current));
    },
  };
}

/** Ends one of the caller's sessions; one that is not his is as none. */
export function sessionRevokeSerializer<User extends AuthUser>(configured: Sessions<User> | undefined): Serializer<SessionInput, SessionInput, RevokedBody, User> {
  return {
    input: fieldSet({ id: charField({ trim: true }) }) as z.ZodType<SessionInput, SessionInput>,
    validate: async ({ id }, request) => {
      const { userId, sessions } = await callerOf(request, configured);
      return { revoked: (await sessions.revoke(id, userId, 'session-revoke', originOf(request))) ? 1 : 0 };
    },
  };
}

function sessionBody(session: SessionRecord, current: string | undefined): SessionBody {
  const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);
  return {
    id: session.id,
    created_at: seconds(session.createdAt),
    last_used_at: seconds(session.lastUsedAt),
    expires_at: seconds(session.expiresAt),
    client_address: session.clientAddress,
    user_agent: session.userAgent,
    current: session.id === current,
  };
}
