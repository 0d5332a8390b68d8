import { Validator } from '@seriousme/openapi-schema-validator';
import { createJwtAuth, ConfigurationError, secretKey } from 'trpc-jwt-auth';
import { IsAuthenticated, JSONWebTokenAPIView, JSONWebTokenAuthentication, ObtainJSONWebToken, openApiDocument, RestResponse } from 'trpc-jwt-auth/rest';
import type { OpenApiOptions, ViewMethod } from 'trpc-jwt-auth/rest';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';
import { describe, expect, it } from 'vitest';

import { Scene, SECRET } from '../parity/scene.js';
import type { User } from '../parity/scene.js';
import { CONFIGURATIONS } from './configurations.js';
import { documentOf, INFO, operationOf, operationsOf } from './document.js';

const configurations = Object.entries(CONFIGURATIONS);
const sessions = (): object => ({ sessions: { store: memorySessions() } });

async function faultsOf(document: object): Promise<unknown> {
  const { valid, errors } = await new Validator().validate(document as Record<string, unknown>);
  return valid ? [] : errors;
}

describe('a public validator', () => {
  it.each(configurations)('finds no fault: %s', async (_name, settings) => {
    const document = documentOf(settings(), { servers: [{ url: '/v1' }] });
    expect(await faultsOf(document)).toEqual([]);
    // As it is sent.
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  it('would find one', async () => {
    const document = documentOf();
    expect(await faultsOf({ ...document, info: { title: 'x' } })).not.toEqual([]);
  });
});

describe('operations', () => {
  const ids = (settings: object): string[] => [...operationsOf(documentOf(settings)).keys()];
  const TOKENS = ['obtain', 'refresh', 'verify', 'logout'];

  it('are those that the bridge serves', () => {
    expect(ids({})).toEqual(TOKENS);
    expect(ids(sessions())).toEqual([...TOKENS, 'logoutAll', 'sessionsList', 'sessionsRevoke']);
    expect(ids(CONFIGURATIONS['a key pair']?.() ?? {})).toEqual([...TOKENS, 'jwks']);
    expect(ids(CONFIGURATIONS['keys from a source']?.() ?? {})).toEqual([...TOKENS, 'jwks']);
  });

  it('are at the paths given', () => {
    const document = documentOf(sessions(), { paths: { obtain: '/login', session: '/devices/<id>/' } });
    expect(operationOf(document, 'obtain').path).toBe('/login');
    expect(operationOf(document, 'refresh').path).toBe('/api-token-refresh/');
    expect(operationOf(document, 'sessionsRevoke')).toMatchObject({ path: '/devices/{id}/', method: 'DELETE', parameters: [{ name: 'id', in: 'path', required: true }] });
  });

  it('take every media type that is parsed, and are described by their views', () => {
    const { requestBody, description } = operationOf(documentOf(), 'obtain');
    expect(Object.keys(requestBody?.content ?? {})).toEqual(['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data']);
    expect(description).toBe('Takes a username and a password, and returns a token.');
  });
});

describe('what the settings change', () => {
  const schemaOf = (settings: object, name: string): unknown => documentOf(settings).components.schemas[name];
  const text = { type: 'string', minLength: 1 };

  it('usernameField', () => {
    const password = { ...text, format: 'password', writeOnly: true };
    expect(schemaOf({}, 'ObtainInput')).toEqual({ type: 'object', properties: { username: text, password }, required: ['username', 'password'] });
    expect(schemaOf({ usernameField: 'email' }, 'ObtainInput')).toEqual({ type: 'object', properties: { email: text, password }, required: ['email', 'password'] });
  });

  it('cookie: the token may be left to it', () => {
    expect(schemaOf({}, 'VerifyInput')).toEqual({ type: 'object', properties: { token: text }, required: ['token'] });
    expect(schemaOf({ cookie: { name: 'c' } }, 'VerifyInput')).toEqual({ type: 'object', properties: { token: text } });
    expect([operationOf(documentOf(), 'verify'), operationOf(documentOf({ cookie: { name: 'c' } }), 'verify')].map(({ requestBody }) => requestBody?.required)).toEqual([true, false]);
  });

  it('tokenInBody', () => {
    expect(schemaOf({}, 'ObtainBody')).toMatchObject({ required: ['token'] });
    expect(schemaOf({ cookie: { name: 'c', tokenInBody: false } }, 'ObtainBody')).toEqual({
      type: 'object',
      properties: { expires_at: { type: 'integer', description: 'When the access token expires, in epoch seconds.' } },
      required: ['expires_at'],
    });
  });

  it('sessions: a refresh token', () => {
    expect(schemaOf(sessions(), 'ObtainBody')).toMatchObject({ required: ['token', 'refresh_token'] });
    expect(schemaOf(sessions(), 'VerifyBody')).toMatchObject({ required: ['token'] });
    expect(schemaOf({ sessions: { store: memorySessions(), slideByAccessToken: true } }, 'RefreshBody')).toMatchObject({ required: ['token'] });
    expect(schemaOf(sessions(), 'RefreshInput')).toMatchObject({ properties: { refresh_token: text, token: text }, minProperties: 1 });
  });

  it('responsePayload: more in the answer', () => {
    expect(schemaOf({ responsePayload: () => ({ plan: 'free' }) }, 'ObtainBody')).toMatchObject({ additionalProperties: {} });
    expect(schemaOf({}, 'ObtainBody')).not.toHaveProperty('additionalProperties');
  });

  it('headerPrefix, cookie and sessions: how a token is presented', () => {
    const schemes = (settings: object): unknown => documentOf(settings).components.securitySchemes;
    expect(schemes({})).toEqual({ accessToken: { type: 'apiKey', in: 'header', name: 'Authorization', description: 'The word JWT, a space, and an access token.' } });
    expect(schemes({ token: { headerPrefix: 'bearer' } })).toEqual({ accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } });
    const inCookies = { cookie: { name: '__Host-jwt' }, ...sessions() };
    expect(schemes(inCookies)).toMatchObject({ accessTokenCookie: { in: 'cookie', name: '__Host-jwt' }, refreshTokenCookie: { in: 'cookie', name: '__Host-jwt-refresh' } });
    const [header, cookie, refresh] = [{ accessToken: [] }, { accessTokenCookie: [] }, { refreshTokenCookie: [] }];
    const security = (settings: object, id: string): unknown => operationOf(documentOf(settings), id).security;
    expect([security({}, 'verify'), security({ cookie: { name: 'c' } }, 'verify'), security({ cookie: { name: 'c' } }, 'obtain')]).toEqual([[], [{}, cookie], []]);
    expect([security({ cookie: { name: 'c' } }, 'refresh'), security(inCookies, 'refresh')]).toEqual([[{}, cookie], [{}, refresh]]);
    expect([security({}, 'logout'), security(sessions(), 'logout'), security(inCookies, 'logout')]).toEqual([[], [{}, header], [{}, refresh, header, cookie]]);
    expect([security(sessions(), 'logoutAll'), security(inCookies, 'sessionsList')]).toEqual([[header], [header, cookie]]);
  });

  it('throttle: false has no 429', () => {
    expect(operationOf(documentOf(), 'obtain').responses).toHaveProperty('429.headers.Retry-After');
    expect(operationOf(documentOf({ throttle: false }), 'obtain').responses).not.toHaveProperty('429');
  });

  it("restStatus 'drf': a refused token is 400 at the token URLs, and 401 elsewhere", () => {
    const document = documentOf({ restStatus: 'drf', ...sessions() });
    expect(operationOf(document, 'obtain').responses).not.toHaveProperty('401');
    expect(operationOf(document, 'obtain').responses['400']?.headers?.['Auth-Error-Code']?.schema.enum).toContain('INVALID_CREDENTIALS');
    expect(operationOf(document, 'sessionsList').responses).toHaveProperty('401');
  });
});

describe('a view of the app', () => {
  class Login extends ObtainJSONWebToken<User> {
    override readonly description: string = 'Logs in with a badge.';
  }
  class WhoAmI extends JSONWebTokenAPIView<User> {
    override readonly methods: readonly ViewMethod[] = ['GET', 'POST'];
    override readonly authenticationClasses = [JSONWebTokenAuthentication<User>];
    override readonly permissionClasses = [IsAuthenticated<User>];
    override get(): Promise<RestResponse> {
      return Promise.resolve(new RestResponse({}));
    }
  }

  it('says what it is; what it does not change stays described', () => {
    const [own, ours] = [operationOf(documentOf({}, { views: { obtain: Login } }), 'obtain'), operationOf(documentOf(), 'obtain')];
    expect(own).toEqual({ ...ours, description: 'Logs in with a badge.' });
  });

  it('is described as far as it can be known', async () => {
    const document = documentOf({}, { views: { verify: WhoAmI } });
    expect(await faultsOf(document)).toEqual([]);
    const get = operationOf(document, 'verifyGet');
    expect(get).toMatchObject({ method: 'GET', path: '/api-token-verify/', security: [{ accessToken: [] }], responses: { '200': { content: { 'application/json': { schema: {} } } } } });
    expect(Object.keys(get.responses)).toEqual(['200', '401', '406', '500', 'default']);
    expect(get.responses['401']?.headers?.['Auth-Error-Code']?.schema.enum).toEqual(expect.arrayContaining(['NOT_AUTHENTICATED', 'HEADER_INVALID', 'TOKEN_EXPIRED']));
  });
});

describe('wrong options', () => {
  const auth = new Scene().auth();
  it.each([
    [{}, 'openApiDocument: info is no object; give info.title, info.version, info.description.'],
    [null, 'openApiDocument: options is no object; give info, servers, paths, views.'],
    [{ info: { title: 'x' } }, "openApiDocument: info.version is undefined; give a string, as '1.0.0'."],
    [{ info: { title: '', version: '1' } }, "openApiDocument: info.title is \"\"; give a string, as 'Example API'."],
    [{ info: { ...INFO, licence: 'MIT' } }, 'openApiDocument: info.licence is unknown; there are info.title, info.version, info.description.'],
    [{ info: INFO, path: '/x' }, 'openApiDocument: path is unknown; there are info, servers, paths, views.'],
    [{ info: INFO, servers: '/v1' }, "openApiDocument: servers is no array; give [{ url: '/v1' }]."],
    [{ info: INFO, servers: [{}] }, "openApiDocument: servers[0].url is undefined; give a string, as '/v1'."],
    [{ info: INFO, paths: { login: '/x' } }, 'openApiDocument: paths.login is unknown; there are obtain, refresh, verify, logout, logoutAll, sessions, session, jwks.'],
    [{ info: INFO, paths: { obtain: '/a', refresh: '/a/' } }, 'openApiDocument: paths.refresh is "/a/", which another operation has.'],
  ])('%j', (options, message) => {
    const call = (): unknown => openApiDocument(auth, options as OpenApiOptions<User>);
    expect(call).toThrow(ConfigurationError);
    expect(call).toThrow(message);
  });
});

describe('an attacker', () => {
  it('learns no secret, key or user from it', () => {
    const store = memorySessions();
    const auth = createJwtAuth({
      keys: secretKey(SECRET),
      users: { authenticate: () => null, findByUsername: () => null },
      cookie: { name: 'jwt-token', trustedOrigins: ['https://inside.example'] },
      sessions: { store },
      token: { issuer: 'https://issuer.example', audience: 'inside' },
    });
    const text = JSON.stringify(openApiDocument(auth, { info: INFO }));
    for (const secret of [SECRET, Buffer.from(SECRET).toString('base64'), Buffer.from(SECRET).toString('base64url'), 'inside', 'issuer', 'ada', 'eyJ']) expect(text).not.toContain(secret);
    const pair = JSON.stringify(documentOf(CONFIGURATIONS['a key pair']?.()));
    for (const member of ['"d"', '"x"', '"y"', 'P-256']) expect(pair).not.toContain(member);
  });

  it('cannot change it for others through what it gives', () => {
    const auth = new Scene().auth();
    const first = openApiDocument(auth, { info: INFO });
    Object.assign(first.components.schemas.ObtainInput ?? {}, { properties: {} });
    expect(openApiDocument(auth, { info: INFO }).components.schemas.ObtainInput?.properties).toHaveProperty('password');
  });
});
