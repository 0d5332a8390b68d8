import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { AuthError } from 'trpc-jwt-auth';
import { restBridge } from 'trpc-jwt-auth/express';
import { IsAuthenticated, JSONWebTokenAuthentication, ObtainJSONWebToken, RestResponse } from 'trpc-jwt-auth/rest';
import type { Authentication, Permission, RestRequest, ViewClass } from 'trpc-jwt-auth/rest';

import { listen } from '../parity/listening.js';
import type { Listening } from '../parity/listening.js';
import { ada, bob, eve, NOW, Scene, tokenFor } from '../parity/scene.js';
import type { Settings, User } from '../parity/scene.js';

class WhoAmI extends ObtainJSONWebToken<User> {
  override readonly authenticationClasses: readonly (new () => Authentication<User>)[] = [JSONWebTokenAuthentication<User>];
  override readonly permissionClasses: readonly (new () => Permission<User>)[] = [IsAuthenticated<User>];
  override async post(request: RestRequest<User>): Promise<RestResponse> {
    return new RestResponse({ user: request.user?.username ?? null, data: request.data });
  }
}

class OpenToAll extends WhoAmI {
  override readonly permissionClasses = [];
}

let listening: Listening | undefined;
let scene = new Scene();

afterEach(async () => {
  await listening?.close();
  listening = undefined;
});

interface Call {
  readonly headers?: Record<string, string>;
  readonly method?: string;
  readonly body?: string;
  readonly settings?: Settings;
}

async function call(View: ViewClass<User>, { headers = {}, method = 'POST', body, settings = {} }: Call = {}): Promise<{ status: number; code: string | null; challenge: string | null; body: unknown }> {
  scene = new Scene();
  await listening?.close();
  listening = await listen(express().use(restBridge(scene.auth(settings), { views: { obtain: View } })));
  const response = await fetch(`${listening.origin}/api-token-auth/`, { method, headers: { 'content-type': 'application/json', ...headers }, body: body ?? null });
  return { status: response.status, code: response.headers.get('auth-error-code'), challenge: response.headers.get('www-authenticate'), body: await response.json() };
}

const signed = (token: string): { headers: Record<string, string> } => ({ headers: { authorization: `JWT ${token}` } });
const refusal = (code: string, detail: string): object => ({ status: 401, code, challenge: 'JWT realm="api"', body: { detail } });

describe('IsAuthenticated over JSONWebTokenAuthentication', () => {
  it('lets a signed-in user through', async () => {
    expect(await call(WhoAmI, { ...signed(tokenFor()), body: '{"a":1}' })).toEqual({ status: 200, code: null, challenge: null, body: { user: 'ada', data: { a: 1 } } });
  });

  it('lets one through by the cookie', async () => {
    const settings: Settings = { cookie: { name: 'jwt-token' } };
    expect(await call(WhoAmI, { settings, headers: { cookie: `jwt-token=${tokenFor({ user: bob })}` } })).toMatchObject({ status: 200, body: { user: 'bob' } });
  });

  it('but not for a foreign page', async () => {
    const settings: Settings = { cookie: { name: 'jwt-token' } };
    const headers = { cookie: `jwt-token=${tokenFor()}`, origin: 'https://evil.example' };
    expect(await call(WhoAmI, { settings, headers })).toEqual({ status: 403, code: 'CSRF_FAILED', challenge: null, body: { detail: 'CSRF Failed: Origin checking failed.' } });
  });

  it.each<readonly [string, Call, object]>([
    ['nobody', {}, refusal('NOT_AUTHENTICATED', 'Authentication credentials were not provided.')],
    ['another scheme', { headers: { authorization: 'Basic YTpi' } }, refusal('NOT_AUTHENTICATED', 'Authentication credentials were not provided.')],
    ['a scheme alone', { headers: { authorization: 'JWT' } }, refusal('HEADER_INVALID', 'Invalid Authorization header. No credentials provided.')],
    ['an expired token', signed(tokenFor({ claims: { exp: NOW - 1 } })), refusal('TOKEN_EXPIRED', 'Signature has expired.')],
    ['a disabled user', signed(tokenFor({ user: eve })), refusal('ACCOUNT_DISABLED', 'User account is disabled.')],
    ['a user who is gone', signed(tokenFor({ user: { ...ada, id: 9, username: 'gone' } })), refusal('USER_NOT_FOUND', 'Invalid signature.')],
    ['401 stays 401 with restStatus drf', { settings: { restStatus: 'drf' }, ...signed('no-token') }, refusal('TOKEN_UNDECODABLE', 'Error decoding signature.')],
    ['a challenge in the app’s own scheme', { settings: { token: { headerPrefix: 'Bearer' } } }, { challenge: 'Bearer realm="api"' }],
  ])('refuses: %s', async (_who, given, expected) => {
    expect(await call(WhoAmI, given)).toMatchObject(expected);
  });

  it('comes before the method and the body', async () => {
    expect(await call(WhoAmI, { method: 'DELETE' })).toMatchObject({ status: 401, code: 'NOT_AUTHENTICATED' });
    expect(await call(WhoAmI, { body: 'no JSON' })).toMatchObject({ status: 401, code: 'NOT_AUTHENTICATED' });
    expect(await call(WhoAmI, { ...signed(tokenFor()), body: 'no JSON' })).toMatchObject({ status: 400, code: 'PARSE_ERROR' });
    expect(await call(WhoAmI, { ...signed(tokenFor()), method: 'DELETE' })).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' });
  });
});

describe('authentication without permissions', () => {
  it('tells the user, or nobody', async () => {
    expect(await call(OpenToAll, signed(tokenFor()))).toMatchObject({ status: 200, body: { user: 'ada' } });
    expect(await call(OpenToAll)).toMatchObject({ status: 200, body: { user: null } });
  });

  it('refuses a bad token all the same', async () => {
    expect(await call(OpenToAll, signed('no-token'))).toMatchObject({ status: 401, code: 'TOKEN_UNDECODABLE' });
  });
});

describe('classes of the app’s own', () => {
  class Nobody implements Permission<User> {
    hasPermission(): boolean {
      return false;
    }
  }
  class OnlyBob implements Permission<User> {
    hasPermission(request: RestRequest<User>): Promise<boolean> {
      return Promise.resolve(request.user?.username === 'bob');
    }
  }
  class ApiKey implements Authentication<User> {
    authenticate(request: RestRequest<User>) {
      return request.header('X-Api-Key') === 'k' ? { user: bob, claims: {} } : null;
    }
  }
  class BobsView extends WhoAmI {
    override readonly authenticationClasses = [JSONWebTokenAuthentication<User>, ApiKey];
    override readonly permissionClasses = [IsAuthenticated<User>, OnlyBob];
  }
  class Closed extends ObtainJSONWebToken<User> {
    override readonly permissionClasses = [Nobody];
  }

  it('a permission that says no to a known user', async () => {
    expect(await call(BobsView, signed(tokenFor()))).toEqual({ status: 403, code: 'PERMISSION_DENIED', challenge: null, body: { detail: 'You do not have permission to perform this action.' } });
  });

  it('the first authentication that knows him counts', async () => {
    expect(await call(BobsView, { headers: { 'x-api-key': 'k' } })).toMatchObject({ status: 200, body: { user: 'bob' } });
    expect(await call(BobsView, { headers: { 'x-api-key': 'k', authorization: `JWT ${tokenFor()}` } })).toMatchObject({ status: 403 });
    expect(await call(BobsView, { headers: { 'x-api-key': 'wrong' } })).toMatchObject({ status: 401, code: 'NOT_AUTHENTICATED' });
  });

  it('a permission that says no where nobody is ever known', async () => {
    expect(await call(Closed)).toMatchObject({ status: 403, code: 'PERMISSION_DENIED' });
  });

  it('an error of a class is its answer', async () => {
    class Throttling implements Permission<User> {
      hasPermission(): boolean {
        throw new AuthError('THROTTLED', { message: 'Request was throttled. Expected available in 5 seconds.' });
      }
    }
    class Throttled extends ObtainJSONWebToken<User> {
      override readonly permissionClasses = [Throttling];
    }
    expect(await call(Throttled)).toMatchObject({ status: 429, code: 'THROTTLED', body: { detail: 'Request was throttled. Expected available in 5 seconds.' } });
  });

  it('a bug in a class is a 500 of fixed words', async () => {
    class Buggy implements Permission<User> {
      hasPermission(): boolean {
        throw new TypeError('secret');
      }
    }
    class Broken extends ObtainJSONWebToken<User> {
      override readonly permissionClasses = [Buggy];
    }
    expect(await call(Broken)).toMatchObject({ status: 500, code: 'SERVER_ERROR', body: { detail: 'A server error occurred.' } });
    expect(scene.reported).toEqual([new TypeError('secret')]);
  });
});
