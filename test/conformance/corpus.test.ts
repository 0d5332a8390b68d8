import { afterAll, describe, expect, it } from 'vitest';

import { corpus } from './corpus.js';
import type { Exchange, RecordedCase, RecordedRequest, Scenario } from './corpus.js';
import { deviations } from './deviations.js';
import { send } from './exchange.js';
import type { Answer } from './exchange.js';
import { decodeSegment, issuedDifference, sign, timeAt } from './issued.js';
import type { VerifyingKey } from './issued.js';
import { scenarioAuth, servers } from './oracle.js';

// What is refused at construction is asserted below.
const REFUSED = ['no_verify', 'no_verify_exp'];

interface Tally {
  equal: number;
  readonly deviate: Map<string, number>;
  differ: number;
}

/** What verifies a token issued to a user. */
type KeyOf = (username: unknown) => VerifyingKey;

interface Times {
  now: number;
  origIat?: unknown;
  sent?: string;
}

function cookieDifference(ours: Answer, exchange: Exchange, token: string, now: number): { equal: boolean; rule8: boolean } {
  const recorded = exchange.issued?.setCookie;
  const [given] = ours.headers['set-cookie'] ?? [];
  if (recorded === undefined || given === undefined) return { equal: (recorded === undefined) === (given === undefined), rule8: false };
  const [pair = '', ...parts] = given.split('; ');
  const attributes = Object.fromEntries(parts.map((part) => [part.split('=')[0]?.toLowerCase() ?? '', part.includes('=') ? part.slice(part.indexOf('=') + 1) : true]));
  const { samesite, ...rest } = attributes;
  const expires = new Date(Number(timeAt(recorded.attributes.expires, now)) * 1000).toUTCString();
  const expected = { ...recorded.attributes, expires };
  const same = JSON.stringify(Object.entries(rest).sort()) === JSON.stringify(Object.entries(expected).sort());
  return { equal: false, rule8: pair === `${recorded.name}=${token}` && same && samesite === 'Lax' };
}

/** What differs, `undefined` for nothing, or `'8'` where it is only the cookie's further attributes. */
function difference(exchange: Exchange, ours: Answer, keyOf: KeyOf, times: Times): string | undefined {
  const { response, issued } = exchange;
  if (ours.status !== response.status) return `status ${ours.status}, recorded ${response.status}`;
  for (const name of ['content-type', 'www-authenticate', ...(response.status === 405 ? ['allow'] : [])]) {
    if (ours.headers[name] !== response.headers[name]) return `${name} ${String(ours.headers[name])}, recorded ${String(response.headers[name])}`;
  }
  const token = issued === undefined ? times.sent : /"token": ?"([^"]+)"/.exec(ours.body)?.[1];
  const body = (response.body ?? '').replaceAll('<issued>', token ?? '').replaceAll('<token>', times.sent ?? '');
  if (ours.body !== body) return `body ${ours.body}, recorded ${body}`;
  if (issued !== undefined) {
    const fault = issuedDifference(token ?? '', issued, keyOf(issued.claims.username), times.now, times.origIat);
    if (fault !== undefined) return fault;
  }
  const cookie = cookieDifference(ours, exchange, token ?? '', times.now);
  return cookie.equal ? undefined : cookie.rule8 ? '8' : `set-cookie ${String(ours.headers['set-cookie'])}`;
}

function count(tally: Tally, rule: string): void {
  tally.deviate.set(rule, (tally.deviate.get(rule) ?? 0) + 1);
}

function judge(tally: Tally, recorded: RecordedCase, ours: Answer, keyOf: KeyOf, times: Times): void {
  const fault = difference(recorded, ours, keyOf, times);
  if (fault === undefined) {
    tally.equal += 1;
    return;
  }
  const code = ours.headers['auth-error-code'];
  const rule =
    fault === '8'
      ? '8 the cookie adds SameSite=Lax'
      : deviations.find((deviation) => deviation.applies({ recorded, ours, code: typeof code === 'string' ? code : undefined }))?.rule;
  if (rule === undefined) {
    tally.differ += 1;
    expect.fail(`${recorded.id}: ${fault}\nours: ${ours.status} ${JSON.stringify(ours.headers)} ${ours.body}`);
  }
  count(tally, rule);
}

function keysOf({ JWT_AUTH, SECRET_KEY }: Scenario): KeyOf {
  const { JWT_SECRET_KEY, JWT_PUBLIC_KEY, JWT_GET_USER_SECRET_KEY } = JWT_AUTH;
  if (JWT_PUBLIC_KEY !== undefined) return () => JWT_PUBLIC_KEY as VerifyingKey;
  if (JWT_GET_USER_SECRET_KEY !== undefined) return (username) => `secret-${String(username)}`;
  return () => (typeof JWT_SECRET_KEY === 'string' ? JWT_SECRET_KEY : SECRET_KEY);
}

function withToken(request: RecordedRequest, token: string): RecordedRequest {
  return JSON.parse(JSON.stringify(request).replaceAll('<token>', token)) as RecordedRequest;
}

const supported = (each: { scenario: string }): boolean => !REFUSED.includes(each.scenario);

describe.each(servers)('on %s', (adapter, serve) => {
  const started = new Map<string, ReturnType<typeof start>>();
  const tally: Tally = { equal: 0, deviate: new Map(), differ: 0 };

  async function start(name: string): Promise<{ port: number; close: () => Promise<void>; scenario: Scenario; time: { now: number } }> {
    const scenario = corpus.scenarios[name];
    if (scenario === undefined) throw new Error(`no scenario ${name}`);
    const time = { now: 1_790_000_000 };
    const { port, close } = await serve(scenarioAuth(name, scenario, () => time.now * 1000));
    return { port, close, scenario, time };
  }

  function served(name: string): ReturnType<typeof start> {
    const known = started.get(name);
    if (known !== undefined) return known;
    const made = start(name);
    started.set(name, made);
    return made;
  }

  afterAll(async () => {
    for (const { close } of await Promise.all(started.values())) await close();
    const deviate = [...tally.deviate].sort(([a], [b]) => parseInt(a) - parseInt(b));
    const sum = deviate.reduce((total, [, count]) => total + count, 0);
    for (const [rule, count] of deviate) console.log(`  ${String(count).padStart(3)} by rule ${rule}`);
    console.log(`on ${adapter}: ${tally.equal} equal, ${sum} deviate by rule, ${tally.differ} differ`);
  });

  describe('what the original answered over HTTP', () => {
    it.each(corpus.cases.filter(supported).map((recorded) => [recorded.id, recorded] as const))('%s', async (_id, recorded) => {
      const { port, scenario, time } = await served(recorded.scenario);
      judge(tally, recorded, await send(port, recorded.request), keysOf(scenario), { now: time.now });
    });

    it.each(corpus.timed_cases.filter(supported).map((recorded) => [recorded.id, recorded] as const))('%s', async (_id, recorded) => {
      const { port, scenario, time } = await served(recorded.scenario);
      const claims = Object.fromEntries(Object.entries(recorded.token.claims).map(([name, value]) => [name, timeAt(value, time.now)]));
      const token = sign(recorded.token.header, claims, recorded.token.secret);
      const sent = { ...recorded, request: withToken(recorded.request, token) };
      judge(tally, sent, await send(port, sent.request), keysOf(scenario), { now: time.now, origIat: claims.orig_iat, sent: token });
    });

    it.each(corpus.flows.filter(supported).map((flow) => [flow.id, flow] as const))('%s', async (id, flow) => {
      const { port, scenario, time } = await served(flow.scenario);
      let token = '';
      let origIat: unknown;
      for (const [index, step] of flow.steps.entries()) {
        if (step.step === 'refresh') time.now += 2;
        const request = withToken(step.request, token);
        const ours = await send(port, request);
        const recorded = { ...step, request, id: `${id}#${index}`, scenario: flow.scenario, endpoint: step.step.replace(/-.*/, '') };
        judge(tally, recorded, ours, keysOf(scenario), { now: time.now, origIat, sent: token });
        token = /"token": ?"([^"]+)"/.exec(ours.body)?.[1] ?? token;
        origIat ??= decodeSegment(token, 1)?.orig_iat;
      }
    });
  });

  describe('settings the original takes and we refuse (rule 9)', () => {
    it.each(REFUSED)('%s', (name) => {
      const scenario = corpus.scenarios[name];
      expect(scenario).toBeDefined();
      if (scenario === undefined) return;
      expect(() => scenarioAuth(name, scenario, Date.now)).toThrow(/JWT_VERIFY(_EXPIRATION)? is false, which would accept forged or expired tokens; remove it/);
      const refused = [...corpus.cases, ...corpus.timed_cases].filter((each) => each.scenario === name).length;
      const steps = corpus.flows.filter((flow) => flow.scenario === name).flatMap((flow) => flow.steps).length;
      for (let each = 0; each < refused + steps; each += 1) count(tally, '9 JWT_VERIFY: false is refused at construction');
    });
  });
});
