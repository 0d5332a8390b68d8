import { AuthError } from '../../core/errors.js';
import { pythonFloat } from '../../core/python-float.js';

const JSON_TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|-?\d[\d.eE+-]*/g;

/**
 * A JSON body's value. Floats among an object's fields become the strings Python makes of them,
 * for `12345.0` is not the user name `12345`, and JavaScript alone could not tell.
 *
 * @throws AuthError PARSE_ERROR, whose message does not repeat the body
 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AuthError('PARSE_ERROR', { message: 'JSON parse error - The body is not valid JSON.', cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const fields = Object.setPrototypeOf(value, null) as Record<string, unknown>;
  if (hasNumbers(fields)) {
    for (const [name, literal] of numberLiterals(text)) {
      const value = Number(literal);
      // One too large to be exact stays a number, which a field then refuses.
      if (/[.eE]/.test(literal) && (Number.isSafeInteger(value) || !Number.isInteger(value)) && Number.isFinite(value)) fields[name] = pythonFloat(value);
    }
  }
  return fields;
}

function hasNumbers(fields: Readonly<Record<string, unknown>>): boolean {
  for (const name in fields) if (typeof fields[name] === 'number') return true;
  return false;
}

/** The outermost object's fields that are numbers, as they were written; of a repeated field the last. */
function numberLiterals(text: string): Map<string, string> {
  const literals = new Map<string, string>();
  let depth = 0;
  let name = '';
  let isValue = false;
  for (const [token] of text.matchAll(JSON_TOKEN)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (depth !== 1) continue;
    else if (token === ',') isValue = false;
    else if (token === ':') {
      isValue = true;
      literals.delete(name);
    } else if (!isValue) name = JSON.parse(token) as string;
    else if (!token.startsWith('"')) literals.set(name, token);
  }
  return literals;
}
