import type { AuthEvent } from 'trpc-jwt-auth';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';
import { describe, expect, it } from 'vitest';

import { ada, NOW, Scene } from '../parity/scene.js';
import type { Settings } from '../parity/scene.js';

const AT = { at: NOW * 1000, clientAddress: undefined, userAgent: undefined };

function stage(settings: Settings = {}) {
  const scene = new Scene();
  const events: AuthEvent[] = [];
  const auth = scene.auth({ sessions: { store: memorySessions() }, onEvent: (event) => void events.push(event), ...settings });
  const login = async (password = 'ada-pass', username = 'ada') => auth.serializers.obtain.validate({ username, password });
  return { scene, events, auth, login };
}

describe('what onEvent is told', () => {
  it('of a login and a refresh', async () => {
    const { events, auth, login } = stage();
    const { refresh, claims } = await login();
    await auth.serializers.refresh.validate({ refresh_token: refresh?.token });
    expect(events).toEqual([
      { type: 'login', userId: '1', sessionId: claims.sid, ...AT },
      { type: 'refreshed', userId: '1', sessionId: claims.sid, ...AT },
    ]);
  });

  it('of both without sessions', async () => {
    const scene = new Scene();
    const events: AuthEvent[] = [];
    const auth = scene.auth({ onEvent: (event) => void events.push(event) });
    const { token } = await auth.serializers.obtain.validate({ username: 'ada', password: 'ada-pass' });
    await auth.serializers.refresh.validate({ token });
    expect(events).toEqual([
      { type: 'login', userId: '1', sessionId: undefined, ...AT },
      { type: 'refreshed', userId: '1', sessionId: undefined, ...AT },
    ]);
  });

  it('of a failed login: the reason, and the user only where the password was right', async () => {
    const { events, login } = stage();
    await expect(login('wrong')).rejects.toThrow();
    await expect(login('x', 'nobody')).rejects.toThrow();
    await expect(login('eve-pass', 'eve')).rejects.toThrow();
    expect(events).toEqual([
      { type: 'login-failed', reason: 'INVALID_CREDENTIALS', userId: undefined, ...AT },
      { type: 'login-failed', reason: 'INVALID_CREDENTIALS', userId: undefined, ...AT },
      { type: 'login-failed', reason: 'ACCOUNT_DISABLED', userId: '3', ...AT },
    ]);
  });

  it('of throttling: which limit, and for how long', async () => {
    const { events, login } = stage({ throttle: { attempts: 1 } });
    await expect(login('wrong')).rejects.toThrow();
    await expect(login()).rejects.toThrow('Request was throttled.');
    expect(events.at(-1)).toEqual({ type: 'throttled', limit: 'account-and-network', availableInSeconds: 900, ...AT });
  });

  it('of reuse, and what it ended', async () => {
    const { events, auth, login, scene } = stage();
    const { refresh, claims } = await login();
    const newer = await auth.serializers.refresh.validate({ refresh_token: refresh?.token });
    await auth.verifyToken(newer.token);
    scene.clock.advance({ seconds: 11 });
    await expect(auth.serializers.refresh.validate({ refresh_token: refresh?.token })).rejects.toThrow('Token has been revoked.');
    const at = { ...AT, at: scene.clock() };
    expect(events.slice(-2)).toEqual([
      { type: 'reuse-detected', cause: 'stale', userId: '1', sessionId: claims.sid, ...at },
      { type: 'revoked', reason: 'reuse', userId: '1', sessionId: claims.sid, sessions: 1, ...at },
    ]);
  });

  it('of logouts and revocations, and not of those that ended nothing', async () => {
    const { events, auth, login } = stage();
    const { refresh, claims } = await login();
    await auth.serializers.logout.validate({ refresh_token: refresh?.token });
    await auth.serializers.logout.validate({ refresh_token: refresh?.token });
    await login();
    await auth.revokeUser(1);
    await auth.revokeUser(1);
    expect(events.filter(({ type }) => type === 'revoked')).toEqual([
      { type: 'revoked', reason: 'logout', userId: '1', sessionId: claims.sid, sessions: 1, ...AT },
      { type: 'revoked', reason: 'user-revoke', userId: '1', sessionId: undefined, sessions: 1, ...AT },
    ]);
  });

  it('of a store that failed', async () => {
    const store = memorySessions();
    const { events, login } = stage({ sessions: { store: { ...store, create: () => Promise.reject(new Error('down')) } } });
    await expect(login()).rejects.toThrow('Authentication is temporarily unavailable.');
    expect(events.at(-1)).toEqual({ type: 'store-failed', at: NOW * 1000, store: 'sessions', operation: 'create', timedOut: false });
  });

  it('carries no token', async () => {
    const { events, auth, login } = stage();
    const { token, refresh } = await login();
    await auth.serializers.refresh.validate({ refresh_token: refresh?.token });
    await auth.serializers.logout.validate({ token });
    expect(events.length).toBeGreaterThan(2);
    expect(JSON.stringify(events)).not.toMatch(/eyJ|-pass/);
  });
});

describe('a listener', () => {
  it.each<[string, (event: AuthEvent) => void | Promise<void>]>([
    ['that throws', () => { throw new Error('broken'); }],
    ['that rejects', () => Promise.reject(new Error('broken'))],
  ])('%s changes nothing, and is reported', async (_name, onEvent) => {
    const { scene, login } = stage({ onEvent });
    expect((await login()).user).toEqual(ada);
    await Promise.resolve();
    expect(scene.reported).toEqual([new Error('broken')]);
  });

  it('that never ends is not waited for', async () => {
    const { login } = stage({ onEvent: () => new Promise<void>(() => undefined) });
    expect((await login()).user).toEqual(ada);
  });

  it('cannot change what the next one is told', async () => {
    const changes: unknown[] = [];
    const { login } = stage({
      onEvent: (event) => {
        changes.push(Object.isFrozen(event));
      },
    });
    await login();
    expect(changes).toEqual([true]);
  });
});
