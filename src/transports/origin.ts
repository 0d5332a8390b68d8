import type { AuthRequest } from './auth-request.js';

/**
 * Whether a request may have come from the app's own pages, or from no page at all: the defence against login and request forgery.
 * Hosts are compared and not schemes, for TLS may end before us.
 */
export function isOwnOrigin(request: AuthRequest, trustedOrigins: ReadonlySet<string>): boolean {
  const origin = request.header('origin');
  if (origin !== undefined && trustedOrigins.has(origin)) return true;
  // Set by the browser, out of a page's reach (Fetch Metadata section 2.4).
  const site = request.header('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  if (origin === undefined) return true;
  if (!URL.canParse(origin) || request.host === undefined) return false;
  const { protocol, host } = new URL(origin);
  const own = `${protocol}//${request.host}`;
  return host !== '' && URL.canParse(own) && new URL(own).host === host;
}
