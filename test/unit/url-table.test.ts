import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from 'trpc-jwt-auth';
import { restBridge } from 'trpc-jwt-auth/express';
import type { BridgeOptions } from 'trpc-jwt-auth/rest';

import { listen } from '../parity/listening.js';
import type { Listening } from '../parity/listening.js';
import { Scene } from '../parity/scene.js';
import type { User } from '../parity/scene.js';

const auth = new Scene().auth();
const LOGIN = { username: 'ada', password: 'ada-pass' };
let listening: Listening | undefined;

afterEach(async () => {
  await listening?.close();
  listening = undefined;
});

type Options = BridgeOptions<User>;

async function serve(options: Options, prefix = '/'): Promise<string> {
  const app = express();
  app.use(prefix, restBridge(auth, options));
  app.use((request, response) => void response.status(299).json({ passed: request.originalUrl }));
  await listening?.close();
  listening = await listen(app);
  return listening.origin;
}

async function statusOf(url: string, body: object = LOGIN): Promise<number> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  await response.arrayBuffer();
  return response.status;
}

function complaint(options: object): string {
  try {
    restBridge(auth, options);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).message;
  }
  return 'no complaint';
}

describe('which URL is which view', () => {
  it('the documented ones, with and without their trailing slash', async () => {
    const origin = await serve({});
    const urls = ['/api-token-auth/', '/api-token-auth', '/api-token-refresh/', '/api-token-refresh', '/api-token-verify/', '/api-token-verify', '/api-token-logout/', '/api-token-logout'];
    expect(await Promise.all(urls.map((url) => statusOf(`${origin}${url}`)))).toEqual([200, 200, 400, 400, 400, 400, 200, 200]);
  });

  it('a query string changes nothing', async () => {
    const origin = await serve({});
    expect(await statusOf(`${origin}/api-token-auth/?next=/x?y`)).toBe(200);
    expect(await statusOf(`${origin}/api-token-auth?`)).toBe(200);
  });

  it('every other goes on to the next handler, with its body unread', async () => {
    const origin = await serve({});
    const others = ['/', '/api-token-auth/x', '/api-token-auth//', '//api-token-auth/', '/API-TOKEN-AUTH/', '/x/api-token-auth/', '/api-token-aut', '/__proto__', '/toString'];
    expect(await Promise.all(others.map((url) => statusOf(`${origin}${url}`)))).toEqual(others.map(() => 299));
  });

  it('under a prefix', async () => {
    const origin = await serve({}, '/v1/auth');
    expect(await statusOf(`${origin}/v1/auth/api-token-auth/`)).toBe(200);
    expect(await statusOf(`${origin}/v1/auth/api-token-auth`)).toBe(200);
    expect(await statusOf(`${origin}/api-token-auth/`)).toBe(299);
    expect(await statusOf(`${origin}/v1/auth/other`)).toBe(299);
  });

  it('of the app’s own', async () => {
    const origin = await serve({ paths: { obtain: '/login', verify: '/token/check/' } });
    expect(await statusOf(`${origin}/login`)).toBe(200);
    expect(await statusOf(`${origin}/login/`)).toBe(299);
    expect(await statusOf(`${origin}/api-token-auth/`)).toBe(299);
    expect(await statusOf(`${origin}/token/check/`)).toBe(400);
    expect(await statusOf(`${origin}/token/check`)).toBe(400);
    expect(await statusOf(`${origin}/api-token-refresh/`)).toBe(400);
  });
});

describe('wrong options', () => {
  it.each([
    [{ path: {} }, 'restBridge: unknown option "path"; there are paths, views and openApi.'],
    [{ paths: { login: '/x' } }, 'restBridge: paths.login is unknown; there are obtain, refresh, verify, logout, logoutAll, sessions, session, jwks.'],
    [{ views: { signin: class {} } }, 'restBridge: views.signin is unknown; there are obtain, refresh, verify, logout, logoutAll, sessions, session, jwks.'],
    [{ paths: { obtain: 'login' } }, "restBridge: paths.obtain is \"login\"; give a path like '/api-token-auth/'."],
    [{ paths: { refresh: '/' } }, "restBridge: paths.refresh is \"/\"; give a path like '/api-token-refresh/'."],
    [{ paths: { verify: '' } }, "restBridge: paths.verify is \"\"; give a path like '/api-token-verify/'."],
    [{ paths: { logout: '/a?b' } }, "restBridge: paths.logout is \"/a?b\"; give a path like '/api-token-logout/'."],
    [{ paths: { obtain: '/a#b' } }, "restBridge: paths.obtain is \"/a#b\"; give a path like '/api-token-auth/'."],
    [{ paths: { obtain: '/a//' } }, "restBridge: paths.obtain is \"/a//\"; give a path like '/api-token-auth/'."],
    [{ paths: { verify: '/api-token-auth/' } }, 'restBridge: paths.verify is "/api-token-auth/", which another operation has.'],
    [{ paths: { verify: '/api-token-auth' } }, 'restBridge: paths.verify is "/api-token-auth", which another operation has.'],
    [{ paths: { obtain: '/a', refresh: '/a/' } }, 'restBridge: paths.refresh is "/a/", which another operation has.'],
  ])('%j', (options, message) => {
    expect(complaint(options)).toBe(message);
  });

  it.each([['no class', 'CustomObtainJWT'], ['null', null], ['an object', {}]])('a view that is %s', (_what, view) => {
    expect(complaint({ views: { obtain: view } })).toMatch(/^restBridge: views\.obtain is /);
  });

  it('undefined is the default, at each level', async () => {
    expect(complaint({ paths: undefined, views: undefined })).toBe('no complaint');
    expect(complaint({ paths: { obtain: undefined } })).toBe('no complaint');
    const origin = await serve({ views: { obtain: undefined } } as unknown as Options);
    expect(await statusOf(`${origin}/api-token-auth/`)).toBe(200);
  });
});
