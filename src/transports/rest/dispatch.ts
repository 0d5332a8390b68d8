import { asAuthError, AuthError } from '../../core/errors.js';
import type { AuthUser } from '../../core/ports.js';
import { RequestAuth } from '../request.js';
import type { AuthOf } from '../request.js';
import { negotiate } from './negotiation.js';
import type { Negotiated } from './negotiation.js';
import { parseBody } from './parsers.js';
import type { BodyRequest } from './parsers.js';
import { challenge, errorResponse, render, RestResponse } from './response.js';
import type { ErrorPlace, RenderedResponse } from './response.js';
import type { RestRequest } from './rest-request.js';
import { allowedMethods } from './view.js';
import type { JSONWebTokenAPIView } from './view.js';
import type { Route } from './url-table.js';

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/**
 * Serves one request with a view, in the original's order: what is acceptable, who calls, what he may, which method, then the body.
 * It never rejects: whatever goes wrong is an answer.
 */
export async function dispatch<User extends AuthUser>(auth: AuthOf<User>, { View, id }: Route<User>, source: BodyRequest): Promise<RenderedResponse> {
  let negotiated: Negotiated = { indent: 0 };
  let place: ErrorPlace = 'protected';
  try {
    const request: Mutable<RestRequest<User>> = {
      method: source.method,
      header: (name) => source.header(name.toLowerCase()),
      id,
      data: undefined,
      user: undefined,
      auth: new RequestAuth(source),
    };
    const view = new View(auth, request);
    negotiated = negotiate(source.header('accept'), view.mediaTypes);
    await admit(view, request);
    place = 'token';
    return render(challenged(await answer(view, request, source), auth.settings.headerPrefix), negotiated);
  } catch (error) {
    return render(errorResponse(auth.settings, asAuthError(error, auth.settings.reportError), place), negotiated);
  }
}

/** A view's own 401 with the challenge that every 401 must carry. */
function challenged(response: RestResponse, headerPrefix: string): RestResponse {
  const { data, status, headers } = response;
  if (status !== 401 || Object.keys(headers).some((name) => name.toLowerCase() === 'www-authenticate')) return response;
  return new RestResponse(data, { status, headers: { ...headers, 'WWW-Authenticate': challenge(headerPrefix) } });
}

/** Runs the authentication classes, then the permission classes. @throws AuthError NOT_AUTHENTICATED, PERMISSION_DENIED */
async function admit<User extends AuthUser>(view: JSONWebTokenAPIView<User>, request: Mutable<RestRequest<User>>): Promise<void> {
  for (const Authentication of view.authenticationClasses) {
    request.user ??= (await new Authentication().authenticate(request, view))?.user;
  }
  for (const Permission of view.permissionClasses) {
    if (await new Permission().hasPermission(request, view)) continue;
    throw new AuthError(view.authenticationClasses.length > 0 && request.user === undefined ? 'NOT_AUTHENTICATED' : 'PERMISSION_DENIED');
  }
}

async function answer<User extends AuthUser>(
  view: JSONWebTokenAPIView<User>,
  request: Mutable<RestRequest<User>>,
  source: BodyRequest,
): Promise<RestResponse> {
  const { method } = source;
  if (method === 'OPTIONS') return view.options();
  const asked = method === 'HEAD' ? 'GET' : method;
  const answered = view.methods.find((each) => each === asked);
  if (answered === 'GET') return view.get(request);
  if (answered === 'DELETE') return view.delete(request);
  if (answered === undefined) {
    const error = new AuthError('METHOD_NOT_ALLOWED', { message: `Method "${method}" not allowed.` });
    const { data, status, headers } = errorResponse(view.auth.settings, error, 'token');
    return new RestResponse(data, { status, headers: { ...headers, Allow: allowedMethods(view) } });
  }
  request.data = await parseBody(source);
  return view.post(request);
}
