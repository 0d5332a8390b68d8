import { inspect } from 'node:util';

import type { JwksVerifierSettings } from 'trpc-jwt-auth';
import { callerContext } from 'trpc-jwt-auth/testing';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { deferred } from '../deferred.js';
import { goodClaims } from './forged-tokens.js';
import { everyReport, newPair, publicJwk, signed, startIssuer, verifierOf } from './issuer.js';
import type { Pair } from './issuer.js';
import { resourceCaller, serveResource } from './resource-server.js';
import { NOW } from './target.js';

const DAY = 86_400;
const issuer = await startIssuer();
const [old, fresh] = [newPair(), newPair()];
const OLD = publicJwk(old, { kid: 'old' });
const NEW = publicJwk(fresh, { kid: 'new' });
const LONG = { ...goodClaims, exp: NOW + 30 * DAY };
const tokenOf = (pair: Pair, kid: string): string => signed('ES256', pair, { kid }, LONG);
const [oldToken, newToken] = [tokenOf(old, 'old'), tokenOf(fresh, 'new')];

beforeEach(() => {
  issuer.publish(OLD);
  issuer.requests.length = 0;
});
afterAll(() => expect(inspect(everyReport, { depth: 9 })).not.toMatch(/eyJ[\w-]+\./));

/** A verifier that has verified a token of the old key. */
async function running(settings: Partial<JwksVerifierSettings> = {}) {
  const watched = verifierOf(issuer, settings);
  expect(await watched.judge(oldToken)).toBe('accepted');
  /** Until what a request set off in the background has been done. */
  const settled = async (requests: number): Promise<void> => {
    await expect.poll(() => issuer.requests.length, { interval: 1 }).toBe(requests);
    await expect.poll(() => watched.judge(oldToken), { interval: 1 }).not.toBe('accepted');
  };
  return { ...watched, settled };
}

describe('an issuer that goes down', () => {
  it('leaves the keys in use until staleSeconds, with reports; then everything is 503, and nothing is let through', async () => {
    const { auth, judge, clock, complaints } = await running();
    const ask = await serveResource(auth);
    const headers = { Authorization: `JWT ${oldToken}` };
    issuer.say('', 500);
    for (const passed of [300, 600, 3600, DAY - 4501]) {
      clock.advance({ seconds: passed });
      for (let call = 0; call < 10; call += 1) expect(await judge(oldToken)).toBe('accepted');
      expect((await ask('/protected', { headers })).status).toBe(200);
    }
    expect(clock()).toBe((NOW + DAY - 1) * 1000);
    await expect.poll(() => complaints(), { interval: 1 }).toEqual([1, 2, 3, 4].map(() => `jwksVerifier: ${issuer.url} answered 500.`));
    clock.advance({ seconds: 1 });
    const answers = await Promise.all([ask('/protected', { headers }), ask('/trpc/who', { headers }), ask('/trpc/maybe', { headers }), ask('/trpc/change', { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' } })]);
    expect(answers.map(({ status, code }) => [status, code])).toEqual(answers.map(() => [503, 'STORE_UNAVAILABLE']));
    for (const { text } of answers) expect(text).not.toMatch(/eyJ|127\.0\.0\.1|jwks|"stack"/);
    expect(answers[0]?.text).toBe('{"detail":"Authentication is temporarily unavailable."}');
    // Whoever brings no token needs no keys.
    expect((await ask('/trpc/maybe')).status).toBe(200);
    expect((await ask('/protected')).status).toBe(401);
  });

  it('and comes back: the first request a second later is served, by the keys there are now', async () => {
    const { judge, clock } = await running();
    issuer.say('', 500);
    clock.advance({ seconds: DAY });
    expect(await judge(oldToken)).toBe('STORE_UNAVAILABLE');
    issuer.publish(NEW);
    expect(await judge(newToken)).toBe('STORE_UNAVAILABLE');
    clock.advance({ seconds: 1 });
    expect([await judge(newToken), await judge(oldToken)]).toEqual(['accepted', 'TOKEN_UNDECODABLE']);
  });

  it('and comes back before its keys are stale: newer keys are in use within the retry time', async () => {
    const { judge, clock, settled } = await running();
    issuer.say('', 500);
    clock.advance({ seconds: 900 });
    expect(await judge(oldToken)).toBe('accepted');
    issuer.publish(NEW);
    clock.advance({ seconds: 1 });
    expect(await judge(newToken)).toBe('accepted');
    await settled(4);
  });

  it('before it was ever up: 503, and then service', async () => {
    issuer.say('', 500);
    const { judge, clock } = verifierOf(issuer);
    expect(await judge(oldToken)).toBe('STORE_UNAVAILABLE');
    issuer.publish(OLD);
    clock.advance({ seconds: 1 });
    expect(await judge(oldToken)).toBe('accepted');
  });

  it('is told to a tRPC caller by its code', async () => {
    issuer.say('', 500);
    const { auth } = verifierOf(issuer);
    const caller = resourceCaller(auth)(callerContext(auth, { token: oldToken }));
    for (const call of [() => caller.who(), () => caller.maybe(), () => caller.change()]) await expect(call()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', cause: { code: 'STORE_UNAVAILABLE' } });
    expect(await caller.open()).toBe('open');
  });
});

describe('a key taken out by its issuer', () => {
  it('is good until the next load and no longer, though its tokens were verified before', async () => {
    issuer.publish(NEW, OLD);
    const { judge, clock, settled } = await running();
    issuer.publish(NEW);
    clock.advance({ seconds: 299 });
    expect(await judge(oldToken)).toBe('accepted');
    clock.advance({ seconds: 1 });
    // Answered by the keys there were, for nobody waits yet.
    expect(await judge(oldToken)).toBe('accepted');
    await settled(2);
    expect([await judge(oldToken), await judge(tokenOf(old, 'old')), await judge(newToken)]).toEqual(['TOKEN_UNDECODABLE', 'TOKEN_UNDECODABLE', 'accepted']);
  });

  it.each([[undefined, 600], [10, 20]])('with reloadSeconds %s: after %i seconds of quiet the first request is refused', async (reloadSeconds, seconds) => {
    const { judge, clock } = await running(reloadSeconds === undefined ? {} : { reloadSeconds });
    issuer.publish(NEW);
    clock.advance({ seconds: seconds });
    const codes = await Promise.all([oldToken, tokenOf(old, 'old'), newToken].map(judge));
    expect(codes).toEqual(['TOKEN_UNDECODABLE', 'TOKEN_UNDECODABLE', 'accepted']);
    // One load, and one look for the name that is gone.
    expect(issuer.requests).toHaveLength(3);
  });

  it('is as old as its set was asked for, and not as the answer came', async () => {
    const watched = verifierOf(issuer);
    issuer.answer = (_request, response) => {
      // What the issuer says is of the moment it was asked; the rest is the way.
      const said = JSON.stringify({ keys: [OLD] });
      watched.clock.advance({ seconds: 4 });
      issuer.publish(NEW);
      response.end(said);
    };
    expect(await watched.judge(oldToken)).toBe('accepted');
    watched.clock.set(new Date((NOW + 600) * 1000));
    expect(await watched.judge(oldToken)).toBe('TOKEN_UNDECODABLE');
  });

  it('is not kept by a clock that is set back', async () => {
    const { judge, clock } = await running();
    issuer.publish(NEW);
    clock.advance({ seconds: -30 * DAY });
    expect([await judge(oldToken), await judge(newToken)]).toEqual(['TOKEN_UNDECODABLE', 'accepted']);
    // Nor by one that is set back while the issuer is away: how old the keys are is then not to be known.
    issuer.say('', 500);
    clock.advance({ seconds: -DAY });
    expect(await judge(newToken)).toBe('STORE_UNAVAILABLE');
    clock.advance({ seconds: DAY });
    expect(await judge(newToken)).toBe('accepted');
  });

  it('and put back is good again, by one look for its name', async () => {
    issuer.publish(NEW);
    const { judge, clock } = verifierOf(issuer);
    expect(await judge(oldToken)).toBe('TOKEN_UNDECODABLE');
    issuer.publish(NEW, OLD);
    expect(await judge(oldToken)).toBe('TOKEN_UNDECODABLE');
    clock.advance({ seconds: 30 });
    expect(await judge(oldToken)).toBe('accepted');
  });
});

describe('an issuer that changes its key', () => {
  it('keeps every service: a token of the new key has it looked for, whoever asks meanwhile', async () => {
    const { judge } = await running();
    issuer.publish(NEW, OLD);
    const asked = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? tokenOf(fresh, 'new') : oldToken));
    expect(new Set(await Promise.all(asked.map(judge)))).toEqual(new Set(['accepted']));
    expect(issuer.requests).toHaveLength(2);
  });

  it('while its keys are being loaded: what was there before the change is not the last word', async () => {
    const { judge, clock } = await running();
    const gate = deferred<undefined>();
    const asked = new Promise<void>((resolve) => {
      issuer.answer = (_request, response) => {
        resolve();
        void gate.promise.then(() => response.end(JSON.stringify({ keys: [OLD] })));
      };
    });
    clock.advance({ seconds: 300 });
    expect(await judge(oldToken)).toBe('accepted');
    await asked;
    issuer.publish(NEW, OLD);
    const waiting = Promise.all(Array.from({ length: 20 }, () => judge(newToken)));
    gate.resolve(undefined);
    expect(new Set(await waiting)).toEqual(new Set(['accepted']));
    expect(issuer.requests).toHaveLength(3);
  });

  it('to one of another algorithm, too', async () => {
    const { judge } = await running();
    const other = newPair('EdDSA');
    issuer.publish(publicJwk(other, { kid: 'ed' }), OLD);
    expect(await judge(signed('EdDSA', other, { kid: 'ed' }))).toBe('accepted');
  });

  it('and names none: tokens of either key are verified by whichever fits', async () => {
    issuer.publish(publicJwk(fresh), publicJwk(old));
    const { judge } = verifierOf(issuer);
    expect([await judge(signed('ES256', old)), await judge(signed('ES256', fresh)), await judge(signed('ES256', newPair()))]).toEqual(['accepted', 'accepted', 'TOKEN_UNDECODABLE']);
  });
});
