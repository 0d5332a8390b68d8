import type { AuthErrorCode } from 'trpc-jwt-auth';
import type { JwtAuth } from 'trpc-jwt-auth';

import { tableRow } from './error-table.js';
import type { TabledCode } from './error-table.js';
import type { Scene, Settings, User } from './scene.js';
import type { Accepted, Operations, Outcome, Place, Refused, SetCookie } from './transport.js';

/** What an action has at hand. */
export interface Stage<Ops extends Operations = Operations> {
  readonly scene: Scene;
  /** The operations of the first auth. */
  readonly app: Ops;
  /** Those of the second, where the behaviour has one. */
  readonly second: Ops;
  readonly auth: JwtAuth<User>;
  readonly origin: string;
}

export interface ExpectedRefusal {
  readonly ok: false;
  readonly code: AuthErrorCode;
  readonly messages: readonly string[];
  readonly fieldErrors: Refused['fieldErrors'];
}

export type Expected = Accepted | ExpectedRefusal;

/** One thing every transport does alike. */
export interface Behaviour<Ops extends Operations = Operations> {
  readonly name: string;
  /** Changes to the settings, made anew for each run. */
  readonly settings?: (scene: Scene) => Settings;
  readonly secondSettings?: (scene: Scene) => Settings;
  readonly users?: readonly User[];
  readonly act: (stage: Stage<Ops>) => Promise<Outcome>;
  readonly expected: Expected;
  /** Where a refusal arises, which decides its REST status. @default 'operation' */
  readonly place?: Place;
  /** What the error log has to hold. @default nothing */
  readonly reported?: readonly unknown[];
}

/** An answer with this body and these cookies. */
export function accepted(body: Readonly<Record<string, unknown>>, setCookies: readonly SetCookie[] = []): Accepted {
  return { ok: true, body, setCookies };
}

/** A refusal with the table's message, or one of its own. */
export function refused(code: TabledCode, message: string = tableRow(code).message): ExpectedRefusal {
  return { ok: false, code, messages: [message], fieldErrors: null };
}

/** A refusal as a protected endpoint says it. */
export function refusedProtected(code: TabledCode): ExpectedRefusal {
  return refused(code, tableRow(code).protectedMessage);
}

/** A refusal about the input. */
export function invalid(fieldErrors: Readonly<Record<string, readonly string[]>>): ExpectedRefusal {
  return { ok: false, code: 'VALIDATION_FAILED', messages: Object.values(fieldErrors).flat(), fieldErrors };
}

/** The value of the cookie an outcome sets. */
export function cookieValue(outcome: Outcome): string {
  const [cookie] = outcome.setCookies;
  if (cookie === undefined) throw new Error('no cookie was set');
  return cookie.value;
}

/** Both tokens in an outcome's body. */
export function bodyTokens(outcome: Outcome): { token: string; refresh_token: string } {
  if (!outcome.ok || typeof outcome.body.refresh_token !== 'string') throw new Error(`no refresh token in ${JSON.stringify(outcome)}`);
  return { token: bodyToken(outcome), refresh_token: outcome.body.refresh_token };
}

/** Headers with an access token. */
export function signed(token: string): { authorization: string } {
  return { authorization: `JWT ${token}` };
}

/** The token in an outcome's body. */
export function bodyToken(outcome: Outcome): string {
  if (!outcome.ok || typeof outcome.body.token !== 'string') throw new Error(`no token in ${JSON.stringify(outcome)}`);
  return outcome.body.token;
}
