import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { AuthError, ConfigurationError } from 'trpc-jwt-auth';
import type { CallRequest, JwtAuth } from 'trpc-jwt-auth';
import { restBridge } from 'trpc-jwt-auth/express';
import { JSONWebTokenAPIView, JSONWebTokenSerializer, ObtainJSONWebToken, RestResponse, VerifyJSONWebToken } from 'trpc-jwt-auth/rest';
import type { BoundSerializer, RestRequest, SerializerContext, ViewClass } from 'trpc-jwt-auth/rest';

import { listen } from '../parity/listening.js';
import type { Listening } from '../parity/listening.js';
import { ada, bob, eve, NOW, Scene } from '../parity/scene.js';
import type { Settings, User } from '../parity/scene.js';

type Result = SerializerOf<JwtAuth<User>['serializers']['obtain']['validate']>;
type SerializerOf<Validate extends (...args: never[]) => Promise<object>> = Awaited<ReturnType<Validate>>;

const LOGIN = { username: 'ada', password: 'ada-pass' };
const WRONG = { username: 'ada', password: 'wrong' };
const anyToken = expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string;
let listening: Listening | undefined;
let scene = new Scene();

afterEach(async () => {
  await listening?.close();
  listening = undefined;
});

interface Answer {
  status: number;
  code: string | null;
  cookies: number;
  body: unknown;
}

async function obtain(View: ViewClass<User>, body: object = LOGIN, settings: Settings = {}): Promise<Answer> {
  scene = new Scene();
  const app = express();
  app.use(restBridge(scene.auth(settings), { views: { obtain: View } }));
  await listening?.close();
  listening = await listen(app);
  const response = await fetch(`${listening.origin}/api-token-auth/`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-client': 'phone' }, body: JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, code: response.headers.get('auth-error-code'), cookies: response.headers.getSetCookie().length, body: text === '' ? undefined : JSON.parse(text) };
}

const logged: string[] = [];

// The specification's "Custom JWT Views", line by line.
class CustomObtainJWT extends JSONWebTokenAPIView<User> {
  override readonly serializerClass = JSONWebTokenSerializer<User>;

  override async post(request: RestRequest<User>): Promise<RestResponse> {
    const serializer = this.getSerializer({ data: request.data });

    if (await serializer.isValid()) {
      const { user, token } = serializer.object;
      this.logAuthentication(user, request);
      return new RestResponse({ token, user: { id: user.id, username: user.username, last_login: null }, expires_in: 300 });
    }

    return new RestResponse(serializer.errors, { status: 400 });
  }

  logAuthentication(user: User, request: RestRequest<User>): void {
    logged.push(`${user.username} by ${request.header('X-Client') ?? 'unknown'}`);
  }
}

describe('a view that overrides post, as in the specification', () => {
  it('answers a good login with more than a token', async () => {
    logged.length = 0;
    expect(await obtain(CustomObtainJWT)).toEqual({
      status: 200,
      code: null,
      cookies: 0,
      body: { token: anyToken, user: { id: 1, username: 'ada', last_login: null }, expires_in: 300 },
    });
    expect(logged).toEqual(['ada by phone']);
  });

  it('answers a bad login with the serializer’s errors', async () => {
    logged.length = 0;
    expect(await obtain(CustomObtainJWT, WRONG)).toMatchObject({ status: 400, body: { non_field_errors: ['Unable to log in with provided credentials.'] } });
    expect(await obtain(CustomObtainJWT, {})).toMatchObject({ status: 400, body: { username: ['This field is required.'], password: ['This field is required.'] } });
    expect(await obtain(CustomObtainJWT, ['ada'])).toMatchObject({ status: 400, body: { non_field_errors: ['Invalid data. Expected a dictionary, but got list.'] } });
    expect(logged).toEqual([]);
  });

  it('is not asked to answer what is no fault of the data', async () => {
    const settings: Settings = { users: { authenticate: () => Promise.reject(new AuthError('STORE_UNAVAILABLE')), findByUsername: () => null } };
    expect(await obtain(CustomObtainJWT, LOGIN, settings)).toMatchObject({ status: 503, code: 'STORE_UNAVAILABLE', body: { detail: 'Authentication is temporarily unavailable.' } });
  });

  it('may hand the answer back to the package, with its cookie', async () => {
    class Logging extends ObtainJSONWebToken<User> {
      override async post(request: RestRequest<User>): Promise<RestResponse> {
        const response = await super.post(request);
        return new RestResponse({ ...(response.data as object), greeting: 'welcome' }, { status: 201, headers: { 'X-Greeting': 'welcome' } });
      }
    }
    const answer = await obtain(Logging, LOGIN, { cookie: { name: 'jwt-token' } });
    expect(answer).toEqual({ status: 201, code: null, cookies: 1, body: { token: anyToken, greeting: 'welcome' } });
  });

  it('may answer with a status alone', async () => {
    class Silent extends ObtainJSONWebToken<User> {
      override async post(): Promise<RestResponse> {
        return new RestResponse(undefined, { status: 202 });
      }
    }
    expect(await obtain(Silent)).toMatchObject({ status: 202, body: undefined });
  });
});

describe('the extension points', () => {
  it('getSerializerContext: the request and the view', async () => {
    const contexts: SerializerContext<User>[] = [];
    class Watching extends ObtainJSONWebToken<User> {
      override getSerializerContext(): SerializerContext<User> {
        const context = super.getSerializerContext();
        contexts.push(context);
        expect(context.view).toBe(this);
        expect(context.request).toBe(this.request);
        return context;
      }
    }
    expect(await obtain(Watching)).toMatchObject({ status: 200 });
    expect(contexts).toHaveLength(1);
    expect(contexts[0]?.request).toMatchObject({ method: 'POST', data: LOGIN, user: undefined });
  });

  it('getSerializerClass: without a class, an error in the original’s words, for the log alone', async () => {
    class Unfinished extends JSONWebTokenAPIView<User> {}
    expect(await obtain(Unfinished)).toMatchObject({ status: 500, code: 'SERVER_ERROR', body: { detail: 'A server error occurred.' } });
    expect(scene.reported).toEqual([
      new ConfigurationError("'Unfinished' should either include a `serializerClass` attribute, or override the `getSerializerClass()` method."),
    ]);
  });

  it('getSerializerClass may choose by request', async () => {
    class Choosing extends JSONWebTokenAPIView<User> {
      override getSerializerClass() {
        return this.request.header('x-client') === 'phone' ? JSONWebTokenSerializer<User> : super.getSerializerClass();
      }
    }
    expect(await obtain(Choosing)).toMatchObject({ status: 200, body: { token: anyToken } });
  });

  it('getSerializer may be given other data', async () => {
    class Renaming extends ObtainJSONWebToken<User> {
      override getSerializer({ data }: { data: unknown }): BoundSerializer<Result> {
        const { login } = data as { login?: unknown };
        return super.getSerializer({ data: { ...(data as object), username: login } });
      }
    }
    expect(await obtain(Renaming, { login: 'ada', password: 'ada-pass' })).toMatchObject({ status: 200 });
  });

  it('a serializer’s own validate may ask for more', async () => {
    class OnlyAda extends JSONWebTokenSerializer<User> {
      override async validate(attrs: { [name: string]: string }, request: CallRequest<User>): Promise<Result> {
        if (request.header('X-Client') !== 'phone') throw new AuthError('INVALID_CREDENTIALS');
        const result = await super.validate(attrs, request);
        if (result.user.username !== 'ada') throw new AuthError('VALIDATION_FAILED', { fieldErrors: { username: ['Only Ada may.'] } });
        return result;
      }
    }
    class OnlyAdaView extends ObtainJSONWebToken<User> {
      override readonly serializerClass = OnlyAda;
    }
    expect(await obtain(OnlyAdaView)).toMatchObject({ status: 200, body: { token: anyToken } });
    expect(await obtain(OnlyAdaView, { username: 'bob', password: 'bob-pass' })).toMatchObject({ status: 400, code: 'VALIDATION_FAILED', body: { username: ['Only Ada may.'] } });
    expect(await obtain(OnlyAdaView, { username: 'bob', password: '' })).toMatchObject({ status: 400, body: { password: ['This field may not be blank.'] } });
  });

  it('a VALIDATION_FAILED of no field is of none', async () => {
    class Closed extends JSONWebTokenSerializer<User> {
      override validate(): Promise<Result> {
        return Promise.reject(new AuthError('VALIDATION_FAILED', { message: 'Closed on Sundays.' }));
      }
    }
    class ClosedView extends ObtainJSONWebToken<User> {
      override readonly serializerClass = Closed;
    }
    expect(await obtain(ClosedView)).toMatchObject({ status: 400, body: { non_field_errors: ['Closed on Sundays.'] } });
  });

  it('the serializer: object before and after isValid, errors, raiseException', async () => {
    const seen: unknown[] = [];
    class Probing extends ObtainJSONWebToken<User> {
      override async post(request: RestRequest<User>): Promise<RestResponse> {
        const good = this.getSerializer({ data: request.data });
        expect(() => good.object).toThrow('serializer.object is there once isValid() has returned true.');
        seen.push(await good.isValid(), good.errors, Object.keys(good.object).sort(), good.object.user, good.object.claims.exp);
        const bad = this.getSerializer({ data: {} });
        seen.push(await bad.isValid(), Object.keys(bad.errors));
        expect(() => bad.object).toThrow();
        await expect(bad.isValid({ raiseException: true })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
        return new RestResponse({});
      }
    }
    expect(await obtain(Probing)).toMatchObject({ status: 200 });
    expect(seen).toEqual([true, {}, ['claims', 'issued', 'token', 'user'], ada, NOW + 300, false, ['username', 'password']]);
  });

  it('one instance serves one request', async () => {
    const instances = new Set<object>();
    class Counting extends VerifyJSONWebToken<User> {
      override async post(request: RestRequest<User>): Promise<RestResponse> {
        instances.add(this);
        expect(this.request).toBe(request);
        return new RestResponse({});
      }
    }
    const app = express().use(restBridge(new Scene([ada, bob, eve]).auth(), { views: { verify: Counting } }));
    listening = await listen(app);
    const url = `${listening.origin}/api-token-verify/`;
    await Promise.all([1, 2, 3].map(async () => (await fetch(url, { method: 'POST' })).arrayBuffer()));
    expect(instances.size).toBe(3);
  });
});

describe('what a view throws', () => {
  class Broken extends ObtainJSONWebToken<User> {
    override post(): Promise<RestResponse> {
      return Promise.reject(new Error('select password from auth_user'));
    }
  }
  class Unborn extends ObtainJSONWebToken<User> {
    override readonly description: string = fail();
  }
  class Circular extends ObtainJSONWebToken<User> {
    override async post(): Promise<RestResponse> {
      return new RestResponse({ count: 1n });
    }
  }

  it.each<readonly [string, ViewClass<User>]>([['in post', Broken], ['in its making', Unborn], ['an answer that is no JSON', Circular]])('%s is a 500 of fixed words', async (_where, View) => {
    const { status, code, body } = await obtain(View);
    expect([status, code]).toEqual([500, 'SERVER_ERROR']);
    expect(JSON.stringify(body)).not.toMatch(/auth_user|BigInt|unborn/);
    expect(scene.reported).toHaveLength(1);
  });
});

function fail(): string {
  throw new Error('unborn');
}
