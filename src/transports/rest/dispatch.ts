import { asAuthError, AuthError } from '../../core/errors.js';
import type { AuthUser, MaybePromise } from '../../core/ports.js';
import { RequestAuth } from '../request.js';
import type { AuthOf } from '../request.js';
import { negotiate } from './negotiation.js';
import type { Negotiated } from './negotiation.js';
import { MOST_BODY_BYTES, parseBody } from './parsers.js';
import type { BodyRequest } from './parsers.js';
import { challenge, errorResponse, render, RestResponse } from './response.js';
import type { ErrorPlace, RenderedResponse } from './response.js';
import type { RestRequest } from './rest-request.js';
import { allowedMethods } from './view.js';
import type { JSONWebTokenAPIView, ViewMethod } from './view.js';
import type { Route } from './url-table.js';

/** A request on its way through a view. */
class ViewRequest<User extends AuthUser> implements RestRequest<User> {
  readonly method: string;
  readonly id: string | undefined;
  readonly auth: RequestAuth;
  data: unknown;
  user: User | undefined;

  constructor(source: BodyRequest, id: string | undefined) {
    this.method = source.method;
    this.id = id;
    this.auth = new RequestAuth(source);
    this.data = undefined;
    this.user = undefined;
  }

  readonly header = (name: string): string | undefined => this.auth.request.header(name.toLowerCase());
}

/**
 * Serves one request with a view, in the original's order: what is acceptable, who calls, what he may, which method, then the body.
 * It never rejects: whatever goes wrong is an answer.
 */
export async function dispatch<User extends AuthUser>(auth: AuthOf<User>, { View, id }: Route<User>, source: BodyRequest): Promise<RenderedResponse> {
  let negotiated: Negotiated = { indent: 0 };
  let place: ErrorPlace = 'protected';
  try {
    const request = new ViewRequest<User>(source, id);
    const view = new View(auth, request);
    negotiated = negotiate(source.header('accept'), view.mediaTypes);
    // Most views let anybody through, who then has nothing to wait for.
    if (view.authenticationClasses.length > 0 || view.permissionClasses.length > 0) await admit(view, request);
    place = 'token';
    const method = methodOf(view, request);
    if (method === 'POST') {
      const { parsedBody } = source;
      request.data = await parseBody(parsedBody === undefined ? await source.readBody(MOST_BODY_BYTES) : parsedBody, source.header('content-type'));
    }
    return render(challenged(await answer(view, method, request), auth.settings.headerPrefix), negotiated);
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
async function admit<User extends AuthUser>(view: JSONWebTokenAPIView<User>, request: ViewRequest<User>): Promise<void> {
  for (const Authentication of view.authenticationClasses) {
    request.user ??= (await new Authentication().authenticate(request, view))?.user;
  }
  for (const Permission of view.permissionClasses) {
    if (await new Permission().hasPermission(request, view)) continue;
    throw new AuthError(view.authenticationClasses.length > 0 && request.user === undefined ? 'NOT_AUTHENTICATED' : 'PERMISSION_DENIED');
  }
}

/** Which of a view's functions a request is for; undefined where it has none. */
function methodOf<User extends AuthUser>(view: JSONWebTokenAPIView<User>, { method }: RestRequest<User>): ViewMethod | 'OPTIONS' | undefined {
  if (method === 'OPTIONS') return method;
  const asked = method === 'HEAD' ? 'GET' : method;
  return view.methods.find((each) => each === asked);
}

function answer<User extends AuthUser>(view: JSONWebTokenAPIView<User>, method: ViewMethod | 'OPTIONS' | undefined, request: ViewRequest<User>): MaybePromise<RestResponse> {
  switch (method) {
    case 'OPTIONS':
      return view.options();
    case 'GET':
      return view.get(request);
    case 'DELETE':
      return view.delete(request);
    case 'POST':
      return view.post(request);
    case undefined: {
      const error = new AuthError('METHOD_NOT_ALLOWED', { message: `Method "${request.method}" not allowed.` });
      const { data, status, headers } = errorResponse(view.auth.settings, error, 'token');
      return new RestResponse(data, { status, headers: { ...headers, Allow: allowedMethods(view) } });
    }
  }
}
