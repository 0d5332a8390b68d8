/** What the client reads of a token. */
export interface TokenClaims {
  readonly exp?: number;
  readonly iat?: number;
  readonly orig_iat?: number;
  readonly sid?: string;
  readonly user_id?: string | number;
  readonly username?: string;
}

/** The claims of a token, unverified: for scheduling and display, never for a decision about access. An unreadable token has none. */
export function readClaims(token = ''): TokenClaims {
  try {
    const bytes = Uint8Array.from(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
    return { ...(JSON.parse(new TextDecoder().decode(bytes)) as TokenClaims) };
  } catch {
    return {};
  }
}

/** The user a token names. */
export function userIn({ user_id, username }: TokenClaims): object {
  return { user_id, username };
}
