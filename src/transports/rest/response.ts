import { errorRow } from '../../core/errors.js';
import type { AuthErrorCode , AuthError} from '../../core/errors.js';
import type { ResolvedSettings } from '../../core/settings.js';
import type { Negotiated } from './negotiation.js';

/** A RestResponse's status and headers. */
export interface RestResponseOptions {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A view's answer: data to be written as JSON.
 *
 * @example
 * ```ts
 * import { RestResponse } from 'trpc-jwt-auth/rest';
 *
 * const response = new RestResponse({ detail: 'No.' }, { status: 403 });
 * console.log(response.status); // 403
 * ```
 */
export class RestResponse {
  readonly data: unknown;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(data: unknown, options: RestResponseOptions = {}) {
    this.data = data;
    this.status = options.status ?? 200;
    this.headers = options.headers ?? {};
  }
}

/** An answer an adapter can write as it is. */
export interface RenderedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer as JSON text. */
export function render(response: RestResponse, { indent }: Negotiated): RenderedResponse {
  if (response.data === undefined) return { status: response.status, headers: { 'Cache-Control': 'no-store', ...response.headers }, body: '' };
  const json = JSON.stringify(response.data, null, indent);
  // Line separators are legal in JSON but not in the scripts that answers get pasted into; the original escapes them too.
  const body = json.includes('\u2028') || json.includes('\u2029') ? json.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029') : json;
  return { status: response.status, headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...response.headers }, body };
}

/** Where an error arises: at a token URL it is about the fields sent, at a protected endpoint about the caller. */
export type ErrorPlace = 'token' | 'protected';

/** The status of an error; `restStatus: 'drf'` answers 400 at the token URLs, as the original does. */
export function errorStatus(settings: Pick<ResolvedSettings, 'restStatus'>, code: AuthErrorCode, place: ErrorPlace): number {
  const { status, body } = errorRow(code);
  return place === 'token' && settings.restStatus === 'drf' && status === 401 && body === 'non_field_errors' ? 400 : status;
}

/** The body of an error at a token URL. */
export function errorBody(error: AuthError): Record<string, unknown> {
  const { body } = errorRow(error.code);
  if (body === 'fields' && error.fieldErrors !== undefined) return error.fieldErrors;
  return body === 'detail' ? { detail: error.message } : { non_field_errors: [error.message] };
}

/** The header WWW-Authenticate of every 401 (RFC 9110 section 11.6.1). */
export function challenge(headerPrefix: string): string {
  return `${headerPrefix} realm="api"`;
}

/** The answer to an error. */
export function errorResponse(settings: Pick<ResolvedSettings, 'restStatus' | 'headerPrefix'>, error: AuthError, place: ErrorPlace): RestResponse {
  const status = errorStatus(settings, error.code, place);
  const headers: Record<string, string> = { 'Auth-Error-Code': error.code };
  if (status === 401) headers['WWW-Authenticate'] = challenge(settings.headerPrefix);
  if (error.retryAfterSeconds !== undefined) headers['Retry-After'] = String(error.retryAfterSeconds);
  return new RestResponse(place === 'token' ? errorBody(error) : { detail: error.message }, { status, headers });
}
