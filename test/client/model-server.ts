import { AuthClientError } from '../../client/auth-client-error.js';
import type { Call } from '../../client/transport.js';
import type { SessionRecord } from '../../src/core/session-store.js';
import { judgeRefresh, rotationChange } from '../../src/sessions/rotation.js';

const GRACE_MS = 10_000;
const LIFETIMES = { idleMs: 7 * 86_400_000, absoluteMs: 30 * 86_400_000 };

/** A token that nobody has signed; the client cannot tell. */
export function tokenOf(claims: object): string {
  return ['{"alg":"HS256"}', JSON.stringify(claims), 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.');
}

export function claimsOf(token: string | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from(token?.split('.')[1] ?? 'e30', 'base64url').toString()) as Record<string, unknown>;
}

/** What happens to the next answer of a refresh. */
export type Mishap = 'lost' | 'late' | 'never' | 500 | 503 | 429;

/** A server by the real rules of rotation, in the same fake time as its clients. */
export class ModelServer {
  session: SessionRecord | null = null;
  refreshes = 0;
  /** How often a refresh token was presented that looked stolen. */
  reuses = 0;
  readonly mishaps: Mishap[] = [];
  readonly expiresInSeconds: number;
  #logins = 0;

  constructor(expiresInSeconds = 300) {
    this.expiresInSeconds = expiresInSeconds;
  }

  readonly call: Call = async (operation, input, { headers }) => {
    const fields = (input ?? {}) as { refresh_token?: string; username?: string };
    if (operation === 'obtain') return this.#login(fields.username ?? 'ada');
    if (operation === 'refresh') {
      this.refreshes += 1;
      return this.#mishap(() => this.#refresh(claimsOf(fields.refresh_token)));
    }
    const claims = claimsOf(headers.Authorization?.split(' ')[1]);
    if (operation === 'logout') {
      this.session = null;
      return {};
    }
    this.#verify(claims);
    return { user_id: claims.user_id, username: claims.username, expires_at: claims.exp };
  };

  revoke(): void {
    this.session = null;
  }

  #login(username: string): object {
    const now = Date.now();
    this.#logins += 1;
    this.session = {
      id: `sid-${this.#logins}`,
      userId: username,
      generation: 1,
      confirmedAt: null,
      graces: [],
      createdAt: now,
      lastUsedAt: now,
      expiresAt: now + LIFETIMES.idleMs,
      clientAddress: null,
      userAgent: null,
    };
    return this.#tokens();
  }

  #tokens(): object {
    if (this.session === null) throw new AuthClientError('TOKEN_REVOKED', 'Token has been revoked.');
    const { id: sid, generation: gen, userId } = this.session;
    const iat = Math.floor(Date.now() / 1000);
    const user = { user_id: userId, username: userId };
    return { token: tokenOf({ ...user, iat, exp: iat + this.expiresInSeconds, sid, gen }), refresh_token: tokenOf({ sub: userId, user_id: userId, iat, exp: iat + 604_800, sid, gen }) };
  }

  #verify({ sid, gen, exp }: Record<string, unknown>): void {
    if (sid === undefined) throw new AuthClientError('NOT_AUTHENTICATED', 'Authentication credentials were not provided.');
    if (Number(exp) * 1000 <= Date.now()) throw new AuthClientError('TOKEN_EXPIRED', 'Signature has expired.');
    if (this.session?.id !== sid) throw new AuthClientError('TOKEN_REVOKED', 'Token has been revoked.');
    if (gen === this.session?.generation && this.session.confirmedAt === null) this.session = { ...this.session, confirmedAt: Date.now() };
  }

  #refresh({ sid, gen }: Record<string, unknown>): object {
    if (this.session?.id !== sid || this.session === null) throw new AuthClientError('TOKEN_REVOKED', 'Token has been revoked.');
    const now = Date.now();
    const verdict = judgeRefresh(this.session, Number(gen), now, GRACE_MS);
    if (verdict.kind === 'rotate') {
      this.session = { ...this.session, ...rotationChange(this.session, verdict.graces, now, LIFETIMES), generation: verdict.generation, confirmedAt: null };
    } else if (verdict.kind !== 'reissue') {
      this.reuses += 1;
      this.session = null;
    }
    return this.#tokens();
  }

  async #mishap(answer: () => object): Promise<object> {
    const what = this.mishaps.shift();
    if (what === 500) throw new AuthClientError('SERVER_ERROR', 'A server error occurred.');
    if (what === 503) throw new AuthClientError('STORE_UNAVAILABLE', 'Authentication is temporarily unavailable.');
    if (what === 429) throw new AuthClientError('THROTTLED', 'Request was throttled.', { retryAfterSeconds: 20 });
    const body = answer();
    if (what === 'lost') throw new AuthClientError('UNREACHABLE', 'The server cannot be reached.');
    if (what === 'late') await new Promise((resolve) => setTimeout(resolve, 3000));
    // Nor does it hear that it is no longer waited for.
    if (what === 'never') await new Promise(() => undefined);
    return body;
  }
}
