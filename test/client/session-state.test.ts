import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BEGINNING, isSame, nextMachine } from '../../client/session-state.js';
import type { SessionEvent, SessionMachine } from '../../client/session-state.js';
import type { StoredSession } from '../../client/storage/token-storage.js';

const SECRETS = ['secret-access-token', 'secret-refresh-token'];
const session = fc.record({
  token: fc.constantFrom(...[1, 2, 3].map((number) => `secret-access-token ${number}`), undefined),
  refreshToken: fc.constantFrom('secret-refresh-token 1', 'secret-refresh-token 2', undefined),
  receivedAt: fc.constantFrom(1, 2, undefined),
  expiresAt: fc.integer({ min: 1, max: 2_000_000_000 }),
  user: fc.constantFrom({ user_id: 1, username: 'ada' }, { user_id: 2, username: 'grace' }),
});
const reason = fc.constantFrom('signed-out', 'expired', 'revoked', 'disabled', 'rejected', undefined);
const event: fc.Arbitrary<(machine: SessionMachine) => SessionEvent> = fc
  .record({ session: fc.option(session), reason, age: fc.constantFrom(0, 1, 2, undefined) })
  .map((each) => (machine) => ({ session: each.session as StoredSession | null, reason: each.reason, since: each.age === undefined ? undefined : machine.revision - each.age }));

describe('the state of a session', () => {
  it('keeps its promises in any sequence of events', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        let machine: SessionMachine = BEGINNING;
        for (const make of events) {
          const each = make(machine);
          const next = nextMachine(machine, each);
          const { state } = next;

          for (const secret of SECRETS) expect(JSON.stringify(state)).not.toContain(secret);
          expect(state.status === 'signed-in').toBe(next.session !== null);
          if (state.status === 'signed-in') expect(state).toEqual({ status: 'signed-in', user: next.session?.user, expiresAt: next.session?.expiresAt });
          expect(next.revision).toBe(next === machine ? machine.revision : machine.revision + 1);
          // What was asked under another revision changes nothing; what is known changes nothing either.
          if (each.since !== undefined && each.since !== machine.revision) expect(next).toBe(machine);
          else expect(isSame(next.session, each.session)).toBe(true);
          if (next !== machine) expect(state.status).not.toBe('loading');
          machine = next;
        }
      }),
      { numRuns: 500 },
    );
  });

  const ada = { token: 'a', receivedAt: 1, expiresAt: 10, user: { username: 'ada' } };
  const signedIn = nextMachine(BEGINNING, { session: ada, since: 0 });

  it.each([
    ['nothing is stored', BEGINNING, { session: null, since: 0 }, { status: 'signed-out', reason: 'none' }],
    ['a session is stored', BEGINNING, { session: ada, since: 0 }, { status: 'signed-in', user: ada.user, expiresAt: 10 }],
    ['the user signs out', signedIn, { session: null, reason: 'signed-out' }, { status: 'signed-out', reason: 'signed-out' }],
    ['another tab signs out', signedIn, { session: null, since: 1 }, { status: 'signed-out', reason: 'other-tab' }],
    ['the server has revoked it', signedIn, { session: null, reason: 'revoked', since: 1 }, { status: 'signed-out', reason: 'revoked' }],
    ['another tab has refreshed', signedIn, { session: { ...ada, token: 'b', expiresAt: 20 }, since: 1 }, { status: 'signed-in', user: ada.user, expiresAt: 20 }],
    ['a refresh of before comes late', signedIn, { session: null, reason: 'revoked', since: 0 }, signedIn.state],
    ['somebody signs in over it', signedIn, { session: { ...ada, token: 'c', user: { username: 'grace' } } }, { status: 'signed-in', user: { username: 'grace' }, expiresAt: 10 }],
  ] as const)('is right when %s', (_what, machine, happening, state) => {
    expect(nextMachine(machine, happening).state).toEqual(state);
  });

  it('keeps why somebody was signed out, whatever is found later', () => {
    const revoked = nextMachine(signedIn, { session: null, reason: 'revoked', since: 1 });
    expect(nextMachine(revoked, { session: null, since: 2 })).toBe(revoked);
    expect(nextMachine(revoked, { session: null, reason: 'signed-out' })).toBe(revoked);
  });
});
