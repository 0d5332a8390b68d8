import type { KeySet } from '../core/keys.js';
import type { ResolvedSettings } from '../core/settings.js';
import { isoTime, secondsText } from './durations.js';

/** A setting's value as it is told: never a secret, never a function. */
export type ShownValue = string | number | boolean | null | readonly string[];

/** The settings as they came out, by the names that createJwtAuth has for them. Each is named here, so that no secret is ever shown by being new. */
export function shownSettings(settings: ResolvedSettings, keys: KeySet): Record<string, ShownValue> {
  const { refresh, cookie, sessions, throttle, tickets } = settings;
  return {
    'keys.algorithms': [...keys.algorithms],
    'keys.signing': keys.signing === undefined ? null : [keys.signing.algorithm, ...(keys.signing.kid === undefined ? [] : [`kid ${keys.signing.kid}`])].join(', '),
    userSecret: settings.userSecret === undefined ? null : 'given',
    usernameField: settings.usernameField,
    'token.expiresInSeconds': settings.expiresInSeconds,
    'token.issuer': settings.issuer ?? null,
    'token.audience': settings.audience ?? null,
    'token.leewaySeconds': settings.leewaySeconds,
    'token.headerPrefix': settings.headerPrefix,
    'token.requireTokenId': settings.requireTokenId,
    ...(refresh === false ? { refresh } : { 'refresh.windowSeconds': refresh.windowSeconds }),
    ...(cookie === undefined
      ? { cookie: null }
      : {
          'cookie.name': cookie.name,
          'cookie.secure': cookie.secure ?? 'as the request',
          'cookie.sameSite': cookie.sameSite,
          'cookie.domain': cookie.domain ?? null,
          'cookie.path': cookie.path,
          'cookie.tokenInBody': cookie.tokenInBody,
          'cookie.trustedOrigins': [...cookie.trustedOrigins],
        }),
    ...(sessions === undefined
      ? { sessions: null }
      : {
          'sessions.store': placeOf(sessions.store),
          'sessions.graceSeconds': sessions.graceMs / 1000,
          'sessions.idleSeconds': sessions.idleMs / 1000,
          'sessions.absoluteSeconds': sessions.absoluteMs / 1000,
          'sessions.recheckSeconds': sessions.recheckMs / 1000,
          'sessions.slideByAccessToken': sessions.slideByAccessToken,
          'sessions.acceptSessionlessUntil': sessions.acceptSessionlessUntil === 0 ? null : (isoTime(sessions.acceptSessionlessUntil / 1000) ?? null),
          'sessions.timeoutMs': sessions.timeoutMs,
        }),
    ...(throttle === undefined
      ? { throttle: false }
      : {
          'throttle.store': placeOf(throttle.store ?? { inMemory: true }),
          'throttle.attempts': throttle.attempts,
          'throttle.attemptsPerAccount': throttle.attemptsPerAccount,
          'throttle.attemptsPerNetwork': throttle.attemptsPerNetwork,
          'throttle.windowSeconds': throttle.windowSeconds,
          'throttle.timeoutMs': throttle.timeoutMs,
        }),
    'tickets.store': placeOf(tickets.store ?? { inMemory: true }),
    'tickets.expiresInSeconds': tickets.expiresInSeconds,
    'tickets.timeoutMs': tickets.timeoutMs,
    restStatus: settings.restStatus,
  };
}

function placeOf({ inMemory = false }: { readonly inMemory?: boolean }): 'memory' | 'other' {
  return inMemory ? 'memory' : 'other';
}

/** A value for a reader. */
export function valueText(name: string, value: ShownValue): string {
  if (value === null) return 'none';
  if (typeof value === 'number') return name.endsWith('Seconds') ? secondsText(value) : String(value);
  if (typeof value === 'object') return value.length === 0 ? 'none' : value.join(', ');
  return String(value);
}
