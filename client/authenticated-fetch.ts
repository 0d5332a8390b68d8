import { signedOut } from './auth-client-error.js';
import type { RequestSettings } from './requests.js';
import type { SessionKeeper } from './session-keeper.js';

/** `fetch` with the token, for the page's origin, the server's and the trusted ones only (specification "AJAX Integration", `makeAuthenticatedRequest`). */
export function createAuthenticatedFetch(keeper: SessionKeeper, { fetch, cookies, csrfHeader }: RequestSettings, serverUrl: string, trustedOrigins: readonly string[] = []): typeof globalThis.fetch {
  return async (input, init = {}) => {
    let request = new Request(input, init);
    const { origin } = new URL(request.url);
    const page = globalThis.location?.href;
    if (![page ?? serverUrl, serverUrl, ...trustedOrigins].some((url) => new URL(url, page).origin === origin)) return fetch(input, init);
    const given = new Headers(init.headers);
    if (cookies && !init.credentials) request = new Request(request, { credentials: 'include' });
    if (typeof init.body === 'string' && !given.has('Content-Type')) request.headers.set('Content-Type', 'application/json');
    // A stream is read once; `duplex` goes with every stream (Fetch Standard, RequestInit).
    const isReplayable = input instanceof Request && init.body === undefined ? /^(GET|HEAD)$/.test(input.method) : !('duplex' in init);
    const send = async (): Promise<Response> => {
      if (!keeper.current() && !cookies) throw signedOut();
      const spare = isReplayable ? request.clone() : request;
      for (const [name, value] of Object.entries({ ...keeper.headers(), ...csrfHeader() })) if (!given.has(name)) request.headers.set(name, value);
      const response = await fetch(request);
      request = spare;
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- caught below: it may be made again
      if (response.status === 401 && isReplayable) throw response;
      return response;
    };
    // A server that names no code is not ours, and its 401 is about the token.
    const codeOf = (failure: unknown): unknown => failure instanceof Response && (failure.headers.get('Auth-Error-Code') ?? 'TOKEN_REJECTED');
    return keeper.attempt(send, codeOf).catch((failure: unknown) => {
      if (failure instanceof Response) return failure;
      throw failure;
    });
  };
}
