import { z } from 'zod';

import { pythonFloat } from '../core/python-float.js';

// What Python's str.strip() removes; JavaScript's trim() differs at U+001C..U+001F, U+0085 and U+FEFF.
const PYTHON_SPACE = '[\\t-\\r\\x1c- \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const LEADING_SPACE = new RegExp(`^${PYTHON_SPACE}+`);
const TRAILING_SPACE = new RegExp(`${PYTHON_SPACE}+$`);

/** Whether a text has no Python space at either end, as far as two characters of ASCII can tell. */
function isBare(text: string): boolean {
  const [first, last] = [text.charCodeAt(0), text.charCodeAt(text.length - 1)];
  return first > 0x20 && first < 0x80 && last > 0x20 && last < 0x80;
}

function strip(text: string): string {
  if (isBare(text)) return text;
  return text.replace(LEADING_SPACE, '').replace(TRAILING_SPACE, '');
}

/** Whether every `charField` takes a value as it is. */
export function isPlainText(value: unknown): value is string {
  return typeof value === 'string' && isBare(value) && !value.includes('\0') && value.isWellFormed();
}

function numberToString(value: unknown): unknown {
  if (typeof value !== 'number') return value;
  if (Number.isSafeInteger(value)) return String(value);
  // An integer this large has lost digits on the way in: to guess it would be to log somebody else in.
  return Number.isInteger(value) || !Number.isFinite(value) ? value : pythonFloat(value);
}

function firstLoneSurrogate(text: string): string | undefined {
  return text.isWellFormed() ? undefined : /\p{Surrogate}/u.exec(text)?.[0];
}

/**
 * A text field as the original's `CharField`: required, not blank, not null, numbers become strings.
 *
 * @param trim - whether Python's `strip` is applied; never to a password
 */
export function charField({ trim }: { trim: boolean }): z.ZodType<string, string> {
  const text = z
    .string({
      error: ({ input }) => (input === undefined ? 'This field is required.' : input === null ? 'This field may not be null.' : 'Not a valid string.'),
    })
    .overwrite((value) => (trim ? strip(value) : value))
    .check((context) => {
      const { value, issues } = context;
      const fault = (message: string): void => {
        issues.push({ code: 'custom', message, input: value });
      };
      if (value === '') fault('This field may not be blank.');
      if (value.includes('\0')) fault('Null characters are not allowed.');
      const surrogate = firstLoneSurrogate(value);
      if (surrogate !== undefined) fault(`Surrogate characters are not allowed: U+${surrogate.charCodeAt(0).toString(16).toUpperCase()}.`);
    })
    // Said, and not checked by zod: its own min() would find an empty list too short as well.
    .meta({ minLength: 1 });
  return z.preprocess(numberToString, text) as z.ZodType<string, string>;
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return typeof value;
}

/** The fields of one input; others are ignored, and anything but an object is refused in the original's words. */
export function fieldSet(shape: z.ZodRawShape): z.ZodType {
  const fields = z.object(shape, {
    error: ({ input }) => (input === null ? 'No data provided' : `Invalid data. Expected a dictionary, but got ${typeName(input)}.`),
  });
  // A call without any input is one without fields.
  return z.preprocess((input) => (input === undefined ? {} : input), fields);
}
