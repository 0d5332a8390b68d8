import { z } from 'zod';

import { AUTH_ERRORS, errorRow } from '../../core/errors.js';
import type { AuthErrorCode } from '../../core/errors.js';
import type { AuthUser } from '../../core/ports.js';
import type { ResolvedSettings } from '../../core/settings.js';
import { IsAuthenticated, JSONWebTokenAuthentication } from './authentication.js';
import type { SchemaTable } from './openapi-schemas.js';
import { challenge, errorStatus } from './response.js';
import type { ErrorPlace } from './response.js';
import type { JSONWebTokenAPIView, ViewMethod } from './view.js';
import type { ViewName } from './views.js';

/** An error that an operation may answer, and where it arises. */
export interface PossibleError {
  readonly code: AuthErrorCode;
  readonly place: ErrorPlace;
}

type Settings = Pick<ResolvedSettings, 'cookie' | 'headerPrefix' | 'keys' | 'refresh' | 'restStatus' | 'sessions' | 'throttle'>;

const BAD_TOKEN = ['TOKEN_EXPIRED', 'TOKEN_UNDECODABLE', 'TOKEN_REJECTED', 'TOKEN_PAYLOAD_INVALID', 'USER_NOT_FOUND', 'ACCOUNT_DISABLED'] as const;
const messages = z.array(z.string());
const BODIES = {
  fields: { name: 'FieldErrors', schema: z.record(z.string(), messages).meta({ description: 'Messages by field; those of no field are under `non_field_errors`.' }) },
  non_field_errors: { name: 'NonFieldErrors', schema: z.object({ non_field_errors: messages }) },
  detail: { name: 'ErrorDetail', schema: z.object({ detail: z.string() }) },
};

function when(condition: boolean, ...codes: AuthErrorCode[]): AuthErrorCode[] {
  return condition ? codes : [];
}

function badToken({ sessions }: Settings): AuthErrorCode[] {
  return [...BAD_TOKEN, ...when(sessions !== undefined, 'TOKEN_REVOKED')];
}

/** Whether a token is judged with something that may be away: sessions, or keys from a source. */
function judgesByStore({ keys, sessions }: Settings): AuthErrorCode[] {
  return when(sessions !== undefined || keys.traits === undefined, 'STORE_UNAVAILABLE');
}

/** What goes wrong inside an operation of the package. */
export function operationErrors(settings: Settings, name: ViewName): PossibleError[] {
  const csrf = when(settings.cookie !== undefined, 'CSRF_FAILED');
  const away = judgesByStore(settings);
  const codes: Readonly<Record<ViewName, readonly AuthErrorCode[]>> = {
    // The queue of passwords to be hashed may be full, whatever the settings.
    obtain: ['INVALID_CREDENTIALS', 'ACCOUNT_DISABLED', ...csrf, ...when(settings.throttle !== undefined, 'THROTTLED'), 'STORE_UNAVAILABLE'],
    refresh: [...badToken(settings), 'REFRESH_NOT_ALLOWED', ...when(settings.refresh !== false, 'REFRESH_EXPIRED'), ...csrf, ...away],
    verify: [...badToken(settings), ...csrf, ...away],
    logout: [...when(settings.sessions !== undefined, 'TOKEN_UNDECODABLE', 'TOKEN_REJECTED', 'TOKEN_PAYLOAD_INVALID', ...away), ...csrf],
    logoutAll: [...csrf, ...away],
    sessions: away,
    session: away,
    jwks: when(settings.keys.traits === undefined, 'STORE_UNAVAILABLE'),
  };
  return codes[name].map((code) => ({ code, place: 'token' }));
}

/** What goes wrong before a view is asked, or whatever it does: what is acceptable, who calls, what he may, and the body. */
export function requestErrors<User extends AuthUser>(settings: Settings, view: JSONWebTokenAPIView<User>, method: ViewMethod): PossibleError[] {
  const { authenticationClasses, permissionClasses } = view;
  const asks = permissionClasses.length > 0;
  const readsToken = authenticationClasses.includes(JSONWebTokenAuthentication);
  const caller = [
    ...when(asks && authenticationClasses.length > 0, 'NOT_AUTHENTICATED'),
    ...when(readsToken, 'HEADER_INVALID', ...badToken(settings), ...when(settings.cookie !== undefined && method !== 'GET', 'CSRF_FAILED'), ...judgesByStore(settings)),
    ...when(permissionClasses.some((each) => each !== IsAuthenticated) || (asks && authenticationClasses.length === 0), 'PERMISSION_DENIED'),
  ];
  const body = when(method === 'POST', 'PARSE_ERROR', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE');
  return [...caller, 'NOT_ACCEPTABLE' as const, 'SERVER_ERROR' as const].map((code): PossibleError => ({ code, place: 'protected' })).concat(body.map((code) => ({ code, place: 'token' })));
}

/** The answers to errors, by status. */
export function errorResponses(settings: Settings, errors: readonly PossibleError[], schemas: SchemaTable): Record<string, object> {
  const byStatus = new Map<number, PossibleError[]>();
  for (const code of Object.keys(AUTH_ERRORS) as AuthErrorCode[]) {
    for (const error of errors.filter((each) => each.code === code)) {
      const status = errorStatus(settings, code, error.place);
      byStatus.set(status, [...(byStatus.get(status) ?? []), error]);
    }
  }
  return Object.fromEntries([...byStatus].map(([status, each]) => [String(status), errorResponse(settings, status, each, schemas)]));
}

function errorResponse(settings: Settings, status: number, errors: readonly PossibleError[], schemas: SchemaTable): object {
  const codes = [...new Set(errors.map(({ code }) => code))];
  const forms = new Set(errors.map(({ code, place }) => BODIES[place === 'protected' ? 'detail' : errorRow(code).body]));
  const references = [...forms].map(({ name, schema }) => schemas.refer(name, schema));
  return {
    description: [...new Set(errors.map(explained))].join('\n'),
    headers: {
      'Auth-Error-Code': { description: 'What went wrong, as a stable name.', required: true, schema: { type: 'string', enum: codes } },
      ...(status === 401 && { 'WWW-Authenticate': { required: true, schema: { type: 'string', const: challenge(settings.headerPrefix) } } }),
      ...(codes.includes('THROTTLED') && { 'Retry-After': { description: 'When to try again, in seconds.', required: true, schema: { type: 'integer', minimum: 1 } } }),
    },
    // Not oneOf: what has `non_field_errors` alone is a FieldErrors too.
    content: { 'application/json': { schema: references.length === 1 ? references[0] : { anyOf: references } } },
  };
}

function explained({ code, place }: PossibleError): string {
  const { message, protectedMessage } = errorRow(code);
  return `- \`${code}\`: ${place === 'protected' ? (protectedMessage ?? message) : message}`;
}
