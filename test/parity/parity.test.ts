import { describe, expect, it } from 'vitest';

import type { Behaviour } from './behaviour.js';
import { configuration } from './behaviours/configuration.js';
import { cookies } from './behaviours/cookies.js';
import { failures } from './behaviours/failures.js';
import { fields } from './behaviours/fields.js';
import { me } from './behaviours/me.js';
import { refreshing } from './behaviours/refreshing.js';
import { revocation } from './behaviours/revocation.js';
import { rotation } from './behaviours/rotation.js';
import { throttling } from './behaviours/throttling.js';
import { tokens } from './behaviours/tokens.js';
import { ERROR_TABLE } from './error-table.js';
import type { TabledCode } from './error-table.js';
import { Scene } from './scene.js';
import type { Operations, Transport } from './transport.js';
import { transports, transportsWithMe } from './transports/index.js';

async function check<Ops extends Operations>(transport: Transport<Ops>, behaviour: Behaviour<Ops>): Promise<void> {
  const { act, expected, place = 'operation', reported = [] } = behaviour;
  const scene = new Scene(behaviour.users);
  const settings = behaviour.settings?.(scene) ?? {};
  const auth = scene.auth(settings);
  const { apps, origin, close } = await transport.serve([auth, ...(behaviour.secondSettings === undefined ? [] : [scene.auth(behaviour.secondSettings(scene))])]);
  try {
    const [app, second = app] = apps;
    const outcome = await act({ scene, app, second, auth, origin });
    if (expected.ok) expect(outcome).toEqual(expected);
    else expect(outcome).toEqual({ ...expected, setCookies: [], kind: transport.kindOf(expected.code, place, settings.restStatus ?? 'http') });
    expect(scene.reported).toEqual(reported);
  } finally {
    await close();
  }
}

const groups: Readonly<Record<string, readonly Behaviour[]>> = { fields, tokens, refreshing, cookies, configuration, failures, rotation, revocation, throttling };

describe.each(transports.map((transport) => [transport.name, transport] as const))('%s', (_name, transport) => {
  describe.each(Object.entries(groups))('%s', (_group, behaviours) => {
    it.each(behaviours.map((behaviour) => [behaviour.name, behaviour] as const))('%s', (_behaviour, behaviour) => check(transport, behaviour));
  });
});

describe.each(transportsWithMe.map((transport) => [transport.name, transport] as const))('%s', (_name, transport) => {
  it.each(me.map((behaviour) => [behaviour.name, behaviour] as const))('me: %s', (_behaviour, behaviour) => check(transport, behaviour));
});

describe('the matrix', () => {
  it('names each behaviour once, so that a failure is found by its name', () => {
    const names = Object.entries(groups).flatMap(([group, behaviours]) => behaviours.map(({ name }) => `${group} ${name}`));
    expect(new Set(names).size).toBe(names.length);
  });

  it('has a behaviour for every row of the error table', () => {
    const codes = Object.values(groups).flatMap((behaviours) => behaviours.flatMap(({ expected }) => (expected.ok ? [] : [expected.code])));
    expect(Object.keys(ERROR_TABLE).filter((code) => !codes.includes(code as TabledCode))).toEqual([]);
  });
});
