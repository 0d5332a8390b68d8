import type { ServerClock } from './server-clock.js';

/** What every request of a client has in common. */
export interface RequestSettings {
  readonly fetch: typeof fetch;
  readonly cookies: boolean;
  /** Headers that go with every request to a trusted server: the one that Django's own protection asks for. */
  readonly csrfHeader: () => Record<string, string>;
}

/** Carries the requests of the client's own operations. */
export type ServerFetch = (url: string, init?: RequestInit) => Promise<Response>;

/** A fetch for the authentication server: cookies where they are used, the CSRF header, and a look at the server's clock. */
export function serverFetch({ fetch, cookies, csrfHeader }: RequestSettings, clock: ServerClock): ServerFetch {
  return async (url, init) => {
    const headers = { ...(init?.headers as Record<string, string> | undefined), ...csrfHeader() };
    const response = await fetch(url, { ...init, headers, ...(cookies && { credentials: 'include' }) });
    clock.answeredAt = Date.parse(response.headers.get('Date') ?? '');
    return response;
  };
}
