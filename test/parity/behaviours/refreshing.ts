import { decodeSegment } from '../../conformance/issued.js';
import { accepted, bodyToken, refused } from '../behaviour.js';
import type { Behaviour, Expected } from '../behaviour.js';
import { NOW, tokenFor } from '../scene.js';
import type { Settings } from '../scene.js';
import type { Operations, Outcome } from '../transport.js';

const WINDOW = 1000;
const windowed = (): Settings => ({ refresh: { windowSeconds: WINDOW } });

/** An answer's new token as its claims, but for the random ones. */
async function claimed(outcome: Promise<Outcome>): Promise<Outcome> {
  const settled = await outcome;
  if (!settled.ok) return settled;
  const { jti: _jti, ...claims } = decodeSegment(bodyToken(settled), 1) ?? {};
  return { ...settled, body: claims };
}

function atAge(name: string, age: number, expected: Expected): Behaviour {
  return { name, settings: windowed, act: ({ app }) => claimed(app.refresh({ token: tokenFor({ claims: { orig_iat: NOW - age } }) })), expected };
}

function ofOrigIat(name: string, origIat: unknown, expected: Expected): Behaviour {
  return { name, settings: () => ({ refresh: { windowSeconds: 2_000_000_000 } }), act: ({ app }) => claimed(app.refresh({ token: tokenFor({ claims: { orig_iat: origIat } }) })), expected };
}

const renewed = (origIat: unknown): Expected =>
  accepted({ user_id: 1, username: 'ada', email: 'ada@example.com', exp: NOW + 300, orig_iat: origIat, iat: NOW });

async function obtainThenRefresh(app: Operations, wait: () => void): Promise<Outcome> {
  const obtained = await app.obtain({ username: 'ada', password: 'ada-pass' });
  wait();
  return claimed(app.refresh({ token: bodyToken(obtained) }));
}

/** When a token is exchanged for a newer one. */
export const refreshing: readonly Behaviour[] = [
  atAge('at once', 0, renewed(NOW)),
  atAge('in the last second of the window', WINDOW, renewed(NOW - WINDOW)),
  atAge('a second past the window', WINDOW + 1, refused('REFRESH_EXPIRED')),
  { name: 'a week by default, to the second', act: ({ app }) => claimed(app.refresh({ token: tokenFor({ claims: { orig_iat: NOW - 604_800 } }) })), expected: renewed(NOW - 604_800) },
  { name: 'a week by default, and no more', act: ({ app }) => app.refresh({ token: tokenFor({ claims: { orig_iat: NOW - 604_801 } }) }), expected: refused('REFRESH_EXPIRED') },
  {
    name: 'the window counts from the login, however often refreshed',
    settings: windowed,
    act: async ({ app, scene }) => {
      let token = tokenFor();
      for (let step = 0; step < 4; step += 1) {
        scene.clock.advance({ seconds: 250 });
        token = bodyToken(await app.refresh({ token }));
      }
      scene.clock.advance({ seconds: 1 });
      return app.refresh({ token });
    },
    expected: refused('REFRESH_EXPIRED'),
  },
  {
    name: 'orig_iat is the login’s and exp is new',
    act: ({ app, scene }) => obtainThenRefresh(app, () => scene.clock.advance({ seconds: 100 })),
    expected: accepted({ user_id: 1, username: 'ada', email: 'ada@example.com', exp: NOW + 400, orig_iat: NOW, iat: NOW + 100 }),
  },
  ofOrigIat('no orig_iat', undefined, refused('REFRESH_NOT_ALLOWED')),
  ofOrigIat('orig_iat null', null, refused('REFRESH_NOT_ALLOWED')),
  ofOrigIat('orig_iat zero', 0, refused('REFRESH_NOT_ALLOWED')),
  ofOrigIat('orig_iat false', false, refused('REFRESH_NOT_ALLOWED')),
  ofOrigIat('orig_iat a string', String(NOW), refused('REFRESH_NOT_ALLOWED')),
  ofOrigIat('orig_iat with a fraction is carried over', NOW - 0.5, renewed(NOW - 0.5)),
  ofOrigIat('orig_iat true counts as 1, as in Python', true, renewed(true)),
  { name: 'refresh: false refuses a token that could have been', settings: () => ({ refresh: false }), act: ({ app }) => app.refresh({ token: tokenFor() }), expected: refused('REFRESH_NOT_ALLOWED') },
  {
    name: 'refresh: false issues no orig_iat',
    settings: () => ({ refresh: false }),
    act: ({ app }) => claimed(app.obtain({ username: 'ada', password: 'ada-pass' })),
    expected: accepted({ user_id: 1, username: 'ada', email: 'ada@example.com', exp: NOW + 300, iat: NOW }),
  },
  {
    name: 'refresh: false says of a bad token what is wrong with it first',
    settings: () => ({ refresh: false }),
    act: ({ app }) => app.refresh({ token: tokenFor({ claims: { exp: NOW - 1 } }) }),
    expected: refused('TOKEN_EXPIRED'),
  },
  {
    name: 'an expired token within the window is not refreshed',
    settings: windowed,
    act: ({ app, scene }) => {
      const token = tokenFor();
      scene.clock.advance({ seconds: 301 });
      return app.refresh({ token });
    },
    expected: refused('TOKEN_EXPIRED'),
  },
  {
    name: 'the old token stays good until it expires',
    act: async ({ app }) => {
      const token = tokenFor();
      bodyToken(await app.refresh({ token }));
      return app.verify({ token });
    },
    expected: accepted({ token: tokenFor() }),
  },
  {
    name: 'two refreshes in one second give two tokens',
    act: async ({ app }) => {
      const outcomes = await Promise.all([1, 2].map(() => app.refresh({ token: tokenFor() })));
      return accepted({ different: new Set(outcomes.map(bodyToken)).size });
    },
    expected: accepted({ different: 2 }),
  },
];
