import { expect } from 'vitest';

import { accepted, invalid } from '../behaviour.js';
import type { Behaviour, Expected } from '../behaviour.js';
import type { Settings } from '../scene.js';

const REQUIRED = 'This field is required.';
const BLANK = 'This field may not be blank.';
const NULL = 'This field may not be null.';
const NO_STRING = 'Not a valid string.';
const NUL = 'Null characters are not allowed.';
const BOTH_REQUIRED = invalid({ username: [REQUIRED], password: [REQUIRED] });

/** Lets everybody in, and tells in the answer what arrived. */
function echo(): Settings {
  return {
    users: {
      authenticate: ({ username, password }) => ({ id: 9, username: JSON.stringify([username, password]), isActive: true }),
      findByUsername: () => null,
    },
    responsePayload: ({ user }) => ({ arrived: JSON.parse(user.username) as unknown }),
  };
}

function obtaining(name: string, input: unknown, expected: Expected): Behaviour {
  return { name: `obtain: ${name}`, settings: echo, act: ({ app }) => app.obtain(input), expected };
}

function arriving(name: string, input: unknown, username: string, password: string): Behaviour {
  return obtaining(name, input, accepted({ token: expect.any(String) as string, arrived: [username, password] }));
}

function ofUsername(name: string, username: unknown, message: string): Behaviour {
  return obtaining(`username ${name}`, { username, password: 'p' }, invalid({ username: [message] }));
}

function tokenField(name: string, input: unknown, expected: Expected): Behaviour[] {
  return [
    { name: `refresh: ${name}`, act: ({ app }) => app.refresh(input), expected },
    { name: `verify: ${name}`, act: ({ app }) => app.verify(input), expected },
  ];
}

// All that Python's str.strip() removes, written out.
const PYTHON_SPACE = '\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000';
// What JavaScript's trim() removes and Python does not, and a few that neither does.
const NO_SPACE = '\ufeff\u200b\u180e\u2060';

/** What the fields of the operations take, and how they refuse the rest. */
export const fields: readonly Behaviour[] = [
  obtaining('no fields', {}, BOTH_REQUIRED),
  obtaining('no body', undefined, BOTH_REQUIRED),
  obtaining('username missing', { password: 'p' }, invalid({ username: [REQUIRED] })),
  obtaining('password missing', { username: 'ada' }, invalid({ password: [REQUIRED] })),
  obtaining('both blank', { username: '', password: '' }, invalid({ username: [BLANK], password: [BLANK] })),
  obtaining('both null', { username: null, password: null }, invalid({ username: [NULL], password: [NULL] })),
  obtaining('one blank, one null', { username: '', password: null }, invalid({ username: [BLANK], password: [NULL] })),
  ofUsername('of spaces alone', '  \t\u3000', BLANK),
  ofUsername('true', true, NO_STRING),
  ofUsername('false', false, NO_STRING),
  ofUsername('a list', ['ada'], NO_STRING),
  ofUsername('an empty list', [], NO_STRING),
  ofUsername('an object', { name: 'ada' }, NO_STRING),
  ofUsername('an integer too large to be exact', 2 ** 53, NO_STRING),
  ofUsername('a negative integer too large to be exact', -(2 ** 53), NO_STRING),
  ofUsername('a number that is written with an exponent', 1e21, NO_STRING),
  ofUsername('with a null character', 'a\0da', NUL),
  ofUsername('with a high surrogate alone', 'ada\ud83d', 'Surrogate characters are not allowed: U+D83D.'),
  ofUsername('with a low surrogate first', '\ude00\ud83dada', 'Surrogate characters are not allowed: U+DE00.'),
  obtaining('two faults in one field', { username: '\0\udc00', password: 'p' }, invalid({ username: [NUL, 'Surrogate characters are not allowed: U+DC00.'] })),
  obtaining('password true', { username: 'ada', password: true }, invalid({ password: [NO_STRING] })),
  obtaining('password with a null character', { username: 'ada', password: 'p\0' }, invalid({ password: [NUL] })),
  obtaining('password with a lone surrogate', { username: 'ada', password: '\udfff' }, invalid({ password: ['Surrogate characters are not allowed: U+DFFF.'] })),

  arriving('an integer becomes a string', { username: 12345, password: 0 }, '12345', '0'),
  arriving('a negative integer becomes a string', { username: -7, password: 7 }, '-7', '7'),
  arriving('the largest exact integer', { username: 2 ** 53 - 1, password: 'p' }, '9007199254740991', 'p'),
  arriving('a float becomes what Python makes of it', { username: 1.5, password: 0.1 }, '1.5', '0.1'),
  arriving('a small float in Python’s notation', { username: 0.00001, password: 1.5e-7 }, '1e-05', '1.5e-07'),
  arriving('a pair of surrogates is a character', { username: '\ud83d\ude00', password: '\ud83d\ude00' }, '😀', '😀'),
  arriving('the username is trimmed as Python trims', { username: `${PYTHON_SPACE}a b${PYTHON_SPACE}`, password: 'p' }, 'a b', 'p'),
  arriving('what Python does not strip stays', { username: `${NO_SPACE}ada${NO_SPACE}`, password: 'p' }, `${NO_SPACE}ada${NO_SPACE}`, 'p'),
  arriving('the password is never trimmed', { username: 'ada', password: ` \t p ${PYTHON_SPACE}` }, 'ada', ` \t p ${PYTHON_SPACE}`),
  arriving('a password of spaces is one', { username: 'ada', password: '   ' }, 'ada', '   '),
  arriving('other fields are ignored', { username: 'ada', password: 'p', otp: 1, token: null, toString: 'x' }, 'ada', 'p'),

  ...[
    ['a list', ['ada'], 'list'],
    ['an empty list', [], 'list'],
    ['a string', 'ada', 'str'],
    ['an empty string', '', 'str'],
    ['an integer', 5, 'int'],
    ['zero', 0, 'int'],
    ['a float', 1.5, 'float'],
    ['true', true, 'bool'],
    ['false', false, 'bool'],
  ].flatMap(([name, input, type]) => {
    const expected = invalid({ non_field_errors: [`Invalid data. Expected a dictionary, but got ${String(type)}.`] });
    return [obtaining(`${String(name)} in place of the fields`, input, expected), ...tokenField(`${String(name)} in place of the fields`, input, expected)];
  }),
  obtaining('null in place of the fields', null, invalid({ non_field_errors: ['No data provided'] })),
  ...tokenField('null in place of the fields', null, invalid({ non_field_errors: ['No data provided'] })),

  ...tokenField('no body', undefined, invalid({ token: [REQUIRED] })),
  ...tokenField('no fields', {}, invalid({ token: [REQUIRED] })),
  ...tokenField('token blank', { token: '' }, invalid({ token: [BLANK] })),
  ...tokenField('token of spaces alone', { token: ' \n' }, invalid({ token: [BLANK] })),
  ...tokenField('token null', { token: null }, invalid({ token: [NULL] })),
  ...tokenField('token a list', { token: ['a.b.c'] }, invalid({ token: [NO_STRING] })),
  ...tokenField('token true', { token: true }, invalid({ token: [NO_STRING] })),
  ...tokenField('token with a null character', { token: 'a.b\0.c' }, invalid({ token: [NUL] })),
  ...tokenField('token with a lone surrogate', { token: 'a.b.\ud800' }, invalid({ token: ['Surrogate characters are not allowed: U+D800.'] })),
];
