import { ConfigurationError } from 'trpc-jwt-auth';
import { restBridge } from 'trpc-jwt-auth/fetch';
import type { BridgeOptions, OpenApiRoute } from 'trpc-jwt-auth/rest';
import { JSONWebTokenAPIView, openApiDocument } from 'trpc-jwt-auth/rest';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';
import { describe, expect, it } from 'vitest';

import { Scene } from '../parity/scene.js';
import type { Settings, User } from '../parity/scene.js';
import { INFO } from './document.js';

const ROUTE: OpenApiRoute = { path: '/api/openapi.json', info: INFO };

function served(options: BridgeOptions<User>, settings: Settings = {}): (init?: RequestInit, path?: string) => Promise<Response> {
  const bridge = restBridge(new Scene().auth(settings), options);
  return async (init, path = ROUTE.path) => (await bridge(new Request(`https://api.example.com${path}`, init))) ?? new Response('', { status: 299 });
}

describe('openApi of the bridge', () => {
  it('is off unless it is asked for', async () => {
    expect((await served({})()).status).toBe(299);
  });

  it('serves what openApiDocument makes of the same options, to anybody, for caches too', async () => {
    const paths = { obtain: '/login' };
    const servers = [{ url: '/v1' }];
    const ask = served({ paths, openApi: { ...ROUTE, servers } }, { cookie: { name: 'jwt-token' } });
    const response = await ask({ headers: { cookie: 'jwt-token=x', origin: 'https://elsewhere.example', authorization: 'JWT x' } });
    const { status, headers } = response;
    expect([status, headers.get('content-type'), headers.get('cache-control'), headers.get('set-cookie')]).toEqual([200, 'application/json', 'public, max-age=300', null]);
    const document = openApiDocument(new Scene().auth({ cookie: { name: 'jwt-token' } }), { info: INFO, servers, paths });
    expect(await response.json()).toEqual(document);
    expect([(await ask({}, '/api/openapi.json/')).status, (await ask({}, '/api/openapi.json?x=1')).status]).toEqual([299, 200]);
  });

  it('answers HEAD and OPTIONS, and no other method', async () => {
    const ask = served({ openApi: ROUTE });
    const head = await ask({ method: 'HEAD' });
    expect([head.status, head.headers.get('cache-control'), await head.text()]).toEqual([200, 'public, max-age=300', '']);
    const options = await ask({ method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([200, 'GET, HEAD, OPTIONS']);
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const response = await ask({ method });
      expect([response.status, response.headers.get('allow'), response.headers.get('cache-control')]).toEqual([405, 'GET, HEAD, OPTIONS', 'no-store']);
    }
    expect((await ask({ headers: { accept: 'text/html' } })).status).toBe(406);
    expect((await ask({ headers: { accept: 'application/openapi+json' } })).status).toBe(200);
  });

  it('is made once', async () => {
    let made = 0;
    class Counted extends JSONWebTokenAPIView<User> {
      override readonly description: string = `made ${(made += 1)}`;
    }
    const ask = served({ views: { verify: Counted }, openApi: ROUTE });
    for (let asked = 0; asked < 3; asked += 1) expect(await (await ask()).text()).toContain('made 1');
    expect(made).toBe(1);
  });
});

describe('wrong openApi', () => {
  const sessions = (): Settings => ({ sessions: { store: memorySessions() } });
  it.each([
    [{ ...ROUTE, path: '/api-token-auth/' }, 'restBridge: openApi.path is "/api-token-auth/", which another operation has.'],
    [{ ...ROUTE, path: '/api-token-auth' }, 'restBridge: openApi.path is "/api-token-auth", which another operation has.'],
    [{ ...ROUTE, path: '/api-token-sessions/x' }, 'restBridge: openApi.path is "/api-token-sessions/x", which another operation has.'],
    [{ ...ROUTE, path: '/api-token-sessions/x/' }, 'restBridge: openApi.path is "/api-token-sessions/x/", which another operation has.'],
    [{ ...ROUTE, path: 'openapi.json' }, "restBridge: openApi.path is \"openapi.json\"; give a path like '/api/openapi.json'."],
    [{ ...ROUTE, path: '/' }, "restBridge: openApi.path is \"/\"; give a path like '/api/openapi.json'."],
    [{ info: INFO }, "restBridge: openApi.path is undefined; give a path like '/api/openapi.json'."],
    ['/openapi.json', "restBridge: openApi.path is undefined; give a path like '/api/openapi.json'."],
    [true, "restBridge: openApi.path is undefined; give a path like '/api/openapi.json'."],
    [{ ...ROUTE, paths: {} }, 'restBridge: openApi.paths is unknown; there are openApi.path, openApi.info, openApi.servers.'],
    [{ path: ROUTE.path }, 'openApiDocument: info is no object; give info.title, info.version, info.description.'],
    [{ ...ROUTE, info: { title: 'x', version: 1 } }, "openApiDocument: info.version is 1; give a string, as '1.0.0'."],
  ])('%j', (openApi, message) => {
    const call = (): unknown => restBridge(new Scene().auth(sessions()), { openApi } as unknown as BridgeOptions<User>);
    expect(call).toThrow(ConfigurationError);
    expect(call).toThrow(message);
  });
});
