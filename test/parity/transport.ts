import type { AuthErrorCode, JwtAuth } from 'trpc-jwt-auth';

import type { User } from './scene.js';

/** Headers of one call, by their lower-case names. */
export type CallHeaders = Readonly<Record<string, string>>;

export interface SetCookie {
  readonly name: string;
  readonly value: string;
  /** By lower-case name; `true` for one without a value. */
  readonly attributes: Readonly<Record<string, string | true>>;
}

export interface Accepted {
  readonly ok: true;
  readonly body: Readonly<Record<string, unknown>>;
  readonly setCookies: readonly SetCookie[];
}

export interface Refused {
  readonly ok: false;
  readonly code: string | null;
  /** The error's message, or those of its fields one after the other. */
  readonly messages: readonly string[];
  readonly fieldErrors: Readonly<Record<string, readonly string[]>> | null;
  readonly setCookies: readonly SetCookie[];
  /** The error in the transport's own terms: a status, or a tRPC code and its status. */
  readonly kind: string;
}

/** What a call came to, in terms no transport has to itself. */
export type Outcome = Accepted | Refused;

/** The operations of one auth, as a client calls them. */
export interface Operations {
  readonly obtain: (input: unknown, headers?: CallHeaders) => Promise<Outcome>;
  readonly refresh: (input: unknown, headers?: CallHeaders) => Promise<Outcome>;
  readonly verify: (input: unknown, headers?: CallHeaders) => Promise<Outcome>;
  readonly logout: (headers?: CallHeaders, input?: unknown) => Promise<Outcome>;
  readonly logoutAll: (headers?: CallHeaders) => Promise<Outcome>;
  /** Its body is the list. */
  readonly sessionList: (headers?: CallHeaders) => Promise<Outcome>;
  readonly sessionRevoke: (id: string, headers?: CallHeaders) => Promise<Outcome>;
  /** A protected endpoint that only reads: its request has a safe method where the transport has methods. */
  readonly protectedRead: (headers?: CallHeaders) => Promise<Outcome>;
  /** A protected endpoint that changes something. */
  readonly protectedWrite: (headers?: CallHeaders) => Promise<Outcome>;
}

/** Operations of a transport that also says who is calling. */
export interface OperationsWithMe extends Operations {
  readonly me: (headers?: CallHeaders) => Promise<Outcome>;
}

/** An app that is being served. */
export interface Served<Ops extends Operations = Operations> {
  /** The app's own origin, as its pages send it. */
  readonly origin: string;
  /** The operations of each auth given, in their order. */
  readonly apps: readonly [Ops, ...Ops[]];
  readonly close: () => Promise<void>;
}

/** Where an error arises: at an operation, or at a protected endpoint. */
export type Place = 'operation' | 'protected';

/** One way to reach the package; each is a file in `transports/`, listed in `transports/index.ts`. */
export interface Transport<Ops extends Operations = Operations> {
  readonly name: string;
  readonly serve: (auths: readonly [JwtAuth<User>, ...JwtAuth<User>[]]) => Promise<Served<Ops>>;
  /** What `Refused.kind` has to be for a code. */
  readonly kindOf: (code: AuthErrorCode, place: Place, restStatus: 'http' | 'drf') => string;
}

/** A Set-Cookie header taken apart. */
export function parseSetCookie(header: string): SetCookie {
  const [pair = '', ...parts] = header.split('; ');
  const equals = pair.indexOf('=');
  const attributes = Object.fromEntries(
    parts.map((part): [string, string | true] => {
      const at = part.indexOf('=');
      return at === -1 ? [part.toLowerCase(), true] : [part.slice(0, at).toLowerCase(), part.slice(at + 1)];
    }),
  );
  return { name: pair.slice(0, equals), value: pair.slice(equals + 1), attributes };
}
