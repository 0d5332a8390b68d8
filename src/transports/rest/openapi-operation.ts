import type { AuthUser } from '../../core/ports.js';
import type { ResolvedSettings } from '../../core/settings.js';
import { emptyBodySchema, jwkSetSchema, revokedBodySchema, sessionBodySchema, tokenBodySchema } from '../../serializers/body-schemas.js';
import type { AuthOf } from '../request.js';
import { RequestAuth } from '../request.js';
import { JSONWebTokenAuthentication } from './authentication.js';
import { errorResponses, operationErrors, requestErrors } from './openapi-errors.js';
import { jsonSchema } from './openapi-schemas.js';
import type { JsonSchema, SchemaTable } from './openapi-schemas.js';
import { securityOf } from './openapi-security.js';
import { PARSED_TYPES } from './parsers.js';
import type { RestRequest } from './rest-request.js';
import type { NamedRoute } from './routes.js';
import type { JSONWebTokenAPIView, ViewMethod } from './view.js';
import { defaultViews } from './views.js';
import type { ViewName } from './views.js';

interface OperationRow {
  readonly id: string;
  readonly method: ViewMethod;
  /** Whose input is the body, or the path's `<id>`. */
  readonly serializer?: 'obtain' | 'refresh' | 'verify' | 'logout' | 'sessionRevoke';
  readonly inputName?: string;
  readonly answer: string;
  /** What it does to cookies. */
  readonly cookies?: 'sets' | 'removes';
}

const OPERATIONS: Readonly<Record<ViewName, OperationRow>> = {
  obtain: { id: 'obtain', method: 'POST', serializer: 'obtain', inputName: 'ObtainInput', answer: 'A new token.', cookies: 'sets' },
  refresh: { id: 'refresh', method: 'POST', serializer: 'refresh', inputName: 'RefreshInput', answer: 'A newer token.', cookies: 'sets' },
  verify: { id: 'verify', method: 'POST', serializer: 'verify', inputName: 'VerifyInput', answer: 'The token is good.' },
  logout: { id: 'logout', method: 'POST', serializer: 'logout', inputName: 'LogoutInput', answer: 'Logged out.', cookies: 'removes' },
  logoutAll: { id: 'logoutAll', method: 'POST', answer: 'Logged out everywhere.', cookies: 'removes' },
  sessions: { id: 'sessionsList', method: 'GET', answer: 'The sessions, the last used first.' },
  session: { id: 'sessionsRevoke', method: 'DELETE', serializer: 'sessionRevoke', answer: 'The session is ended, or there was none.' },
  jwks: { id: 'jwks', method: 'GET', answer: 'The key set.' },
};

/** The operations of one path, by method. */
export function pathItem<User extends AuthUser>(auth: AuthOf<User>, route: NamedRoute<User>, schemas: SchemaTable): Record<string, object> {
  const view = new route.View(auth, unsentRequest());
  return Object.fromEntries(view.methods.map((method) => [method.toLowerCase(), operation(auth, route.name, view, method, schemas)]));
}

/** Views are described by an instance, and an instance has a request. */
function unsentRequest<User extends AuthUser>(): RestRequest<User> {
  const header = (): undefined => undefined;
  const auth = new RequestAuth({ method: 'OPTIONS', header, host: undefined, secure: false, peerAddress: undefined, answer: undefined });
  return { method: 'OPTIONS', header, id: undefined, data: undefined, user: undefined, auth };
}

function operation<User extends AuthUser>(auth: AuthOf<User>, name: ViewName, view: JSONWebTokenAPIView<User>, method: ViewMethod, schemas: SchemaTable): object {
  const row = OPERATIONS[name];
  const { settings } = auth;
  const isKnown = method === row.method && isPackageHandler(name, view, method);
  const schema = row.serializer === undefined || method !== row.method ? undefined : auth.serializers[row.serializer].input;
  const input: JsonSchema = schema === undefined ? {} : jsonSchema(schema);
  const hasBody = schema !== undefined && row.inputName !== undefined && input.properties !== undefined;
  const errors = [...requestErrors(settings, view, method), ...(isKnown ? operationErrors(settings, name) : []), ...(isKnown && hasBody ? [{ code: 'VALIDATION_FAILED', place: 'token' } as const] : [])];
  return {
    operationId: method === row.method ? row.id : `${row.id}${method.charAt(0)}${method.slice(1).toLowerCase()}`,
    ...(view.description !== '' && { description: view.description }),
    security: securityOf(settings, view, isKnown ? name : undefined),
    ...(name === 'session' && { parameters: [{ name: 'id', in: 'path', required: true, description: 'The `id` of a session in the list.', schema: input.properties?.id ?? { type: 'string' } }] }),
    ...(hasBody && { requestBody: requestBody(input, schemas.refer(row.inputName, schema)) }),
    responses: {
      ...(isKnown ? success(auth, name, row, schemas) : { '200': { description: 'What this view of the app answers.', content: { 'application/json': { schema: {} } } } }),
      ...errorResponses(settings, errors, schemas),
      ...(!isKnown && { default: { description: 'What else this view of the app answers.' } }),
    },
  };
}

/** Whether a method is answered by the package's own code; what an app's answers, nobody can know here. */
function isPackageHandler<User extends AuthUser>(name: ViewName, view: JSONWebTokenAPIView<User>, method: ViewMethod): boolean {
  const handler = method.toLowerCase();
  const ours: unknown = Reflect.get(defaultViews<User>()[name].prototype as object, handler);
  return Reflect.get(view, handler) === ours && view.authenticationClasses.every((each) => each === JSONWebTokenAuthentication);
}

function requestBody(input: JsonSchema, schema: object): object {
  const isRequired = input.required !== undefined || input.minProperties !== undefined;
  return { required: isRequired, content: Object.fromEntries(PARSED_TYPES.map((type) => [type, { schema }])) };
}

function success<User extends AuthUser>(auth: AuthOf<User>, name: ViewName, { answer, cookies }: OperationRow, schemas: SchemaTable): Record<string, object> {
  const { settings } = auth;
  if (name === 'refresh' && settings.refresh === false) return {};
  const headers = cookies === undefined || settings.cookie === undefined ? {} : { headers: { 'Set-Cookie': setCookie(settings, cookies) } };
  return { '200': { description: answer, ...headers, content: { 'application/json': { schema: answerSchema(auth, name, schemas) } } } };
}

function answerSchema<User extends AuthUser>({ settings }: AuthOf<User>, name: ViewName, schemas: SchemaTable): object {
  switch (name) {
    case 'obtain':
      return schemas.refer('ObtainBody', tokenBodySchema(settings, name));
    case 'refresh':
      return schemas.refer('RefreshBody', tokenBodySchema(settings, name));
    case 'verify':
      return schemas.refer('VerifyBody', tokenBodySchema(settings, name));
    case 'logout':
      return jsonSchema(emptyBodySchema);
    case 'logoutAll':
    case 'session':
      return schemas.refer('RevokedBody', revokedBodySchema);
    case 'sessions':
      return { type: 'array', items: schemas.refer('SessionBody', sessionBodySchema) };
    case 'jwks':
      return schemas.refer('JwkSet', jwkSetSchema);
  }
}

function setCookie({ cookie, sessions }: Pick<ResolvedSettings, 'cookie' | 'sessions'>, does: 'sets' | 'removes'): object {
  const which = sessions === undefined ? `the access token's cookie, ${cookie?.name ?? ''}` : `the cookies of both tokens, ${cookie?.name ?? ''} among them`;
  return { required: true, description: does === 'sets' ? `Sets ${which}: HttpOnly, until the token expires.` : `Removes ${which}.`, schema: { type: 'string' } };
}
