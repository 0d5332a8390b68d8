import type { KeySet } from '../core/keys.js';
import { LEAST_SECRET_BYTES } from '../core/keys.js';
import { isAsymmetricAlgorithm } from '../core/key-pair.js';
import { DAY_SECONDS } from '../core/setting-checks.js';
import type { ResolvedSettings } from '../core/settings.js';
import type { Finding } from './config-report.js';
import { durationText } from './durations.js';

const LONGEST_TOKEN_SECONDS = DAY_SECONDS;
const LONGEST_WINDOW_SECONDS = 30 * DAY_SECONDS;

const TICKETS_IN_MEMORY = 'is in memory: a stream can be opened only at the process that made its ticket;';

function isInMemory({ store }: { readonly store: { readonly inMemory?: boolean } | undefined }): boolean {
  return store === undefined || store.inMemory === true;
}

/** What works, and should be another way. */
export function warningsOf(settings: ResolvedSettings, keys: KeySet): Finding[] {
  const { expiresInSeconds, issuer, audience, refresh, cookie, sessions, throttle, tickets } = settings;
  const found: Finding[] = [];
  const warn = (setting: string, message: string): void => void found.push({ setting, message });

  if (keys.leastSecretBytes < LEAST_SECRET_BYTES) {
    warn('keys', `unsafeShortSecret allows a secret under ${LEAST_SECRET_BYTES} bytes, which can be guessed offline from any one token; sign with a new one ("npx trpc-jwt-auth secret"), and keep the old one behind it in a keyRing until its tokens have expired.`);
  }
  if ([...keys.algorithms].some(isAsymmetricAlgorithm)) {
    const missing = [...(issuer === undefined ? ['token.issuer'] : []), ...(audience === undefined ? ['token.audience'] : [])];
    if (missing.length > 0) warn(missing.join(' and '), `${missing.length > 1 ? 'are' : 'is'} not set, and with a public key other services take these tokens: name who makes them and whom they are for, or one made for one service is good at another.`);
  }
  if (expiresInSeconds > LONGEST_TOKEN_SECONDS && sessions === undefined) {
    warn('token.expiresInSeconds', `is ${durationText(expiresInSeconds)}, and without sessions a stolen token is good for all of it; make it minutes and let clients refresh, or give sessions: { store }.`);
  }
  if (refresh !== false && sessions === undefined && refresh.windowSeconds > LONGEST_WINDOW_SECONDS) {
    warn('refresh.windowSeconds', `is ${durationText(refresh.windowSeconds)}: whoever has stolen a token can keep it fresh for as long; make it 30 days or less, or give sessions: { store }, which can be ended.`);
  }
  if (cookie?.secure === false) warn('cookie.secure', 'is false, so the cookie also goes over plain HTTP, where anybody on the way reads it; leave it out to follow the request.');
  if (cookie?.sameSite === 'none') warn('cookie.sameSite', "is 'none', so browsers send the cookie with requests of foreign sites, and only the check of the origin stands before them; make it 'lax' unless pages of another site in cookie.trustedOrigins need it.");
  if (sessions?.store.inMemory === true) {
    warn('sessions.store', 'is in memory: a restart signs everybody out, and each of several processes knows its own sessions alone; use kyselySessions(db) or redisSessions(client).');
  }
  if (sessions !== undefined && sessions.store.inMemory !== true && isInMemory(tickets)) warn('tickets.store', `${TICKETS_IN_MEMORY} use kyselyTickets(db) or redisTickets(client), as sessions are shared already.`);
  if (throttle === undefined) warn('throttle', 'is false, so passwords can be guessed as fast as they hash; leave it out, unless something before the app limits logins.');
  return found;
}

/** What is right for some. */
export function notesOf({ sessions, throttle, tickets, restStatus }: ResolvedSettings): Finding[] {
  const found: Finding[] = [];
  if (throttle !== undefined && isInMemory(throttle)) {
    found.push({ setting: 'throttle.store', message: 'is in memory: several processes count guesses apart, so that many times as many are allowed; with more than one, use kyselyThrottle(db) or redisThrottle(client).' });
  }
  if ((sessions === undefined || sessions.store.inMemory === true) && isInMemory(tickets)) {
    found.push({ setting: 'tickets.store', message: `${TICKETS_IN_MEMORY} with more than one, use kyselyTickets(db) or redisTickets(client).` });
  }
  if (restStatus === 'drf') found.push({ setting: 'restStatus', message: "is 'drf': refused logins and tokens are answered 400 at the token URLs, as Django did; 'http' answers 401, once no client tests for 400." });
  return found;
}
