import type { AuthUser } from '../../core/ports.js';
import type { ResolvedSettings } from '../../core/settings.js';
import { refreshCookieName } from '../cookies.js';
import { JSONWebTokenAuthentication } from './authentication.js';
import type { JSONWebTokenAPIView } from './view.js';
import type { ViewName } from './views.js';

type Settings = Pick<ResolvedSettings, 'cookie' | 'headerPrefix' | 'sessions'>;
type Requirement = Readonly<Record<string, readonly never[]>>;

const HEADER: Requirement = { accessToken: [] };
const COOKIE: Requirement = { accessTokenCookie: [] };
const REFRESH_COOKIE: Requirement = { refreshTokenCookie: [] };
const NOTHING: Requirement = {};

/** How tokens are presented: for the app's own endpoints too. */
export function securitySchemes({ cookie, headerPrefix, sessions }: Settings): Record<string, object> {
  return {
    // Of the schemes in use, only Bearer is a registered one that takes a JWT (RFC 6750 section 2.1).
    accessToken:
      headerPrefix.toLowerCase() === 'bearer'
        ? { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }
        : { type: 'apiKey', in: 'header', name: 'Authorization', description: `The word ${headerPrefix}, a space, and an access token.` },
    ...(cookie !== undefined && { accessTokenCookie: { type: 'apiKey', in: 'cookie', name: cookie.name, description: 'An access token. It is read where there is no Authorization header.' } }),
    ...(cookie !== undefined &&
      sessions !== undefined && {
        refreshTokenCookie: {
          type: 'apiKey',
          in: 'cookie',
          name: refreshCookieName(cookie, true),
          description: `A refresh token.${cookie.secure === undefined ? ` Over plain HTTP the cookie is ${refreshCookieName(cookie, false)}.` : ''}`,
        },
      }),
  };
}

/** What a caller presents beside the body; `operation` where it is the package's own. */
export function securityOf<User extends AuthUser>(settings: Settings, view: JSONWebTokenAPIView<User>, operation: ViewName | undefined): readonly Requirement[] {
  const { cookie, sessions } = settings;
  const anyToken = cookie === undefined ? [HEADER] : [HEADER, COOKIE];
  if (view.authenticationClasses.includes(JSONWebTokenAuthentication)) return view.permissionClasses.length > 0 ? anyToken : [NOTHING, ...anyToken];
  const refreshCookie = cookie === undefined || sessions === undefined ? [] : [REFRESH_COOKIE];
  if (operation === 'logout' && sessions !== undefined) return [NOTHING, ...refreshCookie, ...anyToken];
  if (cookie === undefined) return [];
  const slides = sessions === undefined || sessions.slideByAccessToken || sessions.acceptSessionlessUntil > 0;
  if (operation === 'refresh') return [NOTHING, ...refreshCookie, ...(slides ? [COOKIE] : [])];
  return operation === 'verify' ? [NOTHING, COOKIE] : [];
}
