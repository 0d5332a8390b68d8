import { AuthError } from '../../core/errors.js';

/** How a JSON answer is to be written: the spaces of `Accept: application/json; indent=4`, or none. */
export interface Negotiated {
  readonly indent: number;
}

const COMPACT: Negotiated = { indent: 0 };
const MOST_INDENT = 8;

/** What JSON answers are called. */
export const JSON_TYPES: readonly string[] = ['application/json'];

/** Whether JSON, under one of its names, satisfies an Accept header. @throws AuthError NOT_ACCEPTABLE */
export function negotiate(accept: string | undefined, types = JSON_TYPES): Negotiated {
  if (accept === undefined || accept === '*/*' || accept === 'application/json' || accept.trim() === '') return COMPACT;
  let acceptable = false;
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (!types.includes(type) && type !== 'application/*' && type !== '*/*') continue;
    if (parameters.some((parameter) => /^q\s*=\s*0(\.0*)?$/.test(parameter))) continue;
    acceptable = true;
    const indent = type === 'application/json' ? parameters.map((parameter) => /^indent\s*=\s*(\d+)$/.exec(parameter)?.[1]).find((digits) => digits !== undefined) : undefined;
    if (indent !== undefined) return { indent: Math.min(Number(indent), MOST_INDENT) };
  }
  if (!acceptable) throw new AuthError('NOT_ACCEPTABLE');
  return COMPACT;
}
