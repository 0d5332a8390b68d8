import { corpus } from './corpus.js';
import type { RecordedCase } from './corpus.js';
import type { Answer } from './exchange.js';
import { decodeSegment, sign } from './issued.js';

export interface Comparison {
  recorded: RecordedCase;
  ours: Answer;
  /** The code of our error, where ours is one. */
  code: string | undefined;
}

/** A way in which we differ from the original on purpose: it must fit the request and our answer both. */
export interface Deviation {
  rule: string;
  applies: (comparison: Comparison) => boolean;
}

function header(recorded: RecordedCase, name: string): string {
  return [recorded.request.headers[name] ?? ''].flat().join(',');
}

function tokenOf(recorded: RecordedCase): string {
  const text = `${header(recorded, 'Authorization')} ${recorded.request.body ?? ''}`;
  return /"token":"([^"\\]*)|token=([^&]*)|^\w+ (\S+)/.exec(text.trim())?.slice(1).find((each) => each !== undefined) ?? '';
}

function jsonBody(recorded: RecordedCase): Record<string, unknown> {
  try {
    return JSON.parse(recorded.request.body ?? '{}') as Record<string, unknown>;
  } catch {
    return Object.fromEntries(new URLSearchParams(recorded.request.body ?? ''));
  }
}

function isStrict(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token) && token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}

function detail(body: string | null): string {
  return String((JSON.parse(body ?? '{}') as { detail?: unknown }).detail);
}

const isProtected = ({ recorded }: Comparison): boolean => recorded.endpoint === 'protected';
const refusal = (comparison: Comparison): number => (isProtected(comparison) ? 401 : 400);

export const deviations: Deviation[] = [
  {
    rule: '1 where the original crashes, ours is the row of the error table',
    applies: (comparison) =>
      comparison.recorded.oracle_bug === true && comparison.ours.status === refusal(comparison) && /^TOKEN_|^USER_/.test(comparison.code ?? ''),
  },
  {
    rule: '2 a token without a numeric exp, or not strictly encoded, is refused',
    applies: (comparison) => {
      const token = tokenOf(comparison.recorded);
      if (token === '' || comparison.ours.status !== refusal(comparison)) return false;
      if (!isStrict(token)) return comparison.recorded.response.status === 200 && comparison.code === 'TOKEN_UNDECODABLE';
      return comparison.code === 'TOKEN_REJECTED' && typeof decodeSegment(token, 1)?.exp !== 'number';
    },
  },
  {
    rule: '3 passwords are never trimmed',
    applies: ({ recorded, code }) => {
      const password = String(jsonBody(recorded).password);
      return recorded.response.status === 200 && code === 'INVALID_CREDENTIALS' && password !== password.trim();
    },
  },
  {
    rule: "4 the parser's own words",
    applies: ({ recorded, ours }) =>
      recorded.tags?.includes('parser-message') === true &&
      ours.status === recorded.response.status &&
      detail(ours.body).split(' - ')[0] === detail(recorded.response.body).split(' - ')[0],
  },
  {
    rule: '5 no HTML pages: JSON where it is acceptable, else 406',
    applies: ({ recorded, ours, code }) => {
      if (recorded.tags?.includes('html') !== true || recorded.oracle_bug === true || recorded.response.status === 301) return false;
      const accept = header(recorded, 'Accept');
      if (accept !== '' && !accept.includes('*/*') && !accept.includes('json')) return ours.status === 406 && code === 'NOT_ACCEPTABLE';
      return ours.status === recorded.response.status;
    },
  },
  {
    rule: '6 a URL without its trailing slash is served',
    applies: ({ recorded, ours }) => recorded.response.status === 301 && !recorded.request.path.endsWith('/') && ours.status === (recorded.request.method === 'POST' ? 200 : 405),
  },
  {
    rule: '10 with a secret for each user, a token is of the user whose secret verifies it',
    applies: (comparison) => {
      if (comparison.recorded.scenario !== 'user_secret') return false;
      const token = tokenOf(comparison.recorded);
      const { user_id: id, username } = decodeSegment(token, 1) ?? {};
      const known = corpus.scenarios.user_secret?.users.find((user) => user.username === username);
      // Where the original looked for a user of no id, and crashed.
      if (id === undefined) return comparison.ours.status === 200 && token === sign(decodeSegment(token, 0) ?? {}, decodeSegment(token, 1) ?? {}, `secret-${String(username)}`);
      return comparison.code === 'TOKEN_UNDECODABLE' && comparison.ours.status === refusal(comparison) && id !== known?.id;
    },
  },
  {
    rule: '11 refresh: false refuses every refresh',
    applies: ({ recorded, ours, code }) => recorded.endpoint === 'refresh' && ours.status === 400 && code === 'REFRESH_NOT_ALLOWED',
  },
  {
    rule: '12 a number JavaScript cannot hold exactly is not a valid string',
    applies: ({ recorded, code }) => code === 'VALIDATION_FAILED' && Object.values(jsonBody(recorded)).some((value) => typeof value === 'number' && !Number.isSafeInteger(value)),
  },
  {
    rule: '14 user_id and username of a token must name one user',
    applies: ({ recorded, code }) => {
      const claims = decodeSegment(tokenOf(recorded), 1) ?? {};
      return code === 'USER_NOT_FOUND' && recorded.response.status === 200 && claims.user_id !== undefined;
    },
  },
  {
    rule: '16 OPTIONS describes the endpoint in words of its own',
    applies: ({ recorded, ours }) => recorded.request.method === 'OPTIONS' && ours.status === 200 && ours.headers.allow === recorded.response.headers.allow,
  },
  {
    rule: '17 refresh and verify read the cookie where the body has no token',
    applies: ({ recorded, ours, code }) =>
      recorded.scenario === 'cookie' && header(recorded, 'Cookie') !== '' && recorded.response.status === 400 && (ours.status === 200 || code === 'REFRESH_NOT_ALLOWED'),
  },
];
