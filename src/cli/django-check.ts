import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { LEAST_SECRET_BYTES } from '../core/keys.js';
import { fromDjangoSettings } from '../django/index.js';
import type { DjangoPackage, FromDjangoOptions } from '../django/index.js';
import { packageOf } from '../django/jwt-auth-dict.js';
import { createJwtAuth } from '../serializers/jwt-auth.js';
import type { JwtAuth } from '../serializers/jwt-auth.js';
import { asCommandError, CommandError } from './command-error.js';
import { requireFile } from './config-file.js';
import { warningsOf } from './config-findings.js';
import type { Finding, Report } from './config-report.js';
import { valueText } from './config-settings.js';
import type { ShownValue } from './config-settings.js';
import { dryRun } from './dry-run.js';
import type { Terminal } from './terminal.js';

type Dict = Readonly<Record<string, unknown>>;

const users = { authenticate: () => null, findByUsername: () => null };
// In place of a secret that is missing, so that the other faults are found too.
const STAND_IN = 'x'.repeat(LEAST_SECRET_BYTES);

/** Checks the settings of a Django project, and finds every fault at once. @throws CommandError for what is no JSON */
export async function checkDjango(file: string, terminal: Terminal, givenPackage?: DjangoPackage): Promise<Report> {
  const given = await readSettings(file, terminal);
  const faults: Finding[] = [];
  for (const key of Object.keys(given)) if (key !== 'SECRET_KEY' && key !== 'JWT_AUTH') faults.push({ setting: key, message: 'is unknown; there are SECRET_KEY and JWT_AUTH.' });
  const { JWT_AUTH = {} } = given;
  if (!isDict(JWT_AUTH)) faults.push({ setting: 'JWT_AUTH', message: 'is not an object; give the dict as { "JWT_LEEWAY": 0, … }.' });
  const dict = isDict(JWT_AUTH) ? JWT_AUTH : {};
  const secret = typeof given.SECRET_KEY === 'string' && given.SECRET_KEY !== '' ? given.SECRET_KEY : undefined;
  if (secret === undefined && typeof dict.JWT_SECRET_KEY !== 'string') faults.push({ setting: 'SECRET_KEY', message: 'is no string, or empty; copy it from the settings of the Django project.' });

  const isFork = Object.keys(dict).some((key) => packageOf(key) === 'drf-jwt');
  const ofPackage = givenPackage ?? (isFork ? 'drf-jwt' : 'djangorestframework-jwt');
  const project = new DjangoProject(secret ?? STAND_IN, ofPackage);
  const refused = project.refusalsIn(dict);
  faults.push(...refused);
  const taken = Object.fromEntries(Object.entries(dict).filter(([key]) => !refused.some(({ setting }) => setting === key)));
  const warnings: Finding[] = [];
  const becomes = new Map<string, Record<string, ShownValue>>();
  const auth = project.authOf(taken);
  if (auth !== undefined) {
    for (const key of Object.keys(taken)) becomes.set(key, await project.effectOf(key, taken));
    faults.push(...(await dryRun(auth.settings)));
    if (project.needsShortSecret(taken)) {
      const message = `is under ${LEAST_SECRET_BYTES} bytes, and can be guessed offline from any one token; it is refused without fromDjangoSettings(…, { unsafeShortSecret: true }), for as long as tokens signed with it must verify.`;
      warnings.push({ setting: typeof dict.JWT_SECRET_KEY === 'string' ? 'JWT_SECRET_KEY' : 'SECRET_KEY', message });
    }
    // Whether the secret is short has just been said.
    warnings.push(...warningsOf(auth.settings, await auth.settings.keys.current()).filter(({ setting }) => setting !== 'keys'));
  }
  const keys = Object.keys(dict).map((key) => {
    const effect = becomes.get(key);
    return [key, effect === undefined ? (Object.hasOwn(taken, key) ? 'not tried' : 'refused') : effectText(effect)] as const;
  });
  return {
    summary: faults.length > 0 ? `${file} cannot be taken over as it stands.` : `fromDjangoSettings takes ${file}, and its keys sign a token and verify it.`,
    rows: keys,
    document: { keys: Object.fromEntries(Object.keys(dict).map((key) => [key, becomes.get(key) ?? null])) },
    faults,
    warnings,
    notes: ofPackage === 'drf-jwt' ? [{ setting: 'JWT_AUTH', message: "is read as drf-jwt's: give fromDjangoSettings(settings, { package: 'drf-jwt' })." }] : [],
  };
}

async function readSettings(file: string, { directory }: Terminal): Promise<Dict> {
  const path = resolve(directory, file);
  await requireFile(path, file);
  let settings: unknown;
  try {
    settings = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    // The parser's own message quotes the text, and with it perhaps the secret.
    const position = error instanceof Error ? / at position (\d+)/.exec(error.message)?.[1] : undefined;
    throw new CommandError(`${file} is not JSON${position === undefined ? '' : ` from position ${position} on`}. None, True and False of Python are null, true and false in it, and a timedelta is its seconds.`);
  }
  if (!isDict(settings)) throw new CommandError(`${file} is no object; write { "SECRET_KEY": "…", "JWT_AUTH": { … } }.`);
  return settings;
}

function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function effectText(effect: Record<string, ShownValue>): string {
  const parts = Object.entries(effect).map(([name, value]) => `${name} ${valueText(name, value)}`);
  return parts.length > 0 ? parts.join(', ') : 'changes nothing: the default, or overruled by another key';
}

/** The settings of a Django project, tried with one JWT_AUTH and another: so what each key does is asked of fromDjangoSettings, and not told a second time here. */
class DjangoProject {
  readonly #secret: string;
  readonly #package: DjangoPackage;

  constructor(secret: string, ofPackage: DjangoPackage) {
    this.#secret = secret;
    this.#package = ofPackage;
  }

  #settingsOf(dict: Dict, options: FromDjangoOptions = { unsafeShortSecret: true }): ReturnType<typeof fromDjangoSettings> {
    return fromDjangoSettings({ SECRET_KEY: this.#secret, JWT_AUTH: dict }, { ...options, package: this.#package });
  }

  #refusal(dict: Dict, options?: FromDjangoOptions): string | undefined {
    try {
      createJwtAuth({ ...this.#settingsOf(dict, options), users });
      return undefined;
    } catch (error) {
      return asCommandError(error).message;
    }
  }

  authOf(dict: Dict): JwtAuth | undefined {
    return this.#refusal(dict) === undefined ? createJwtAuth({ ...this.#settingsOf(dict), users }) : undefined;
  }

  needsShortSecret(dict: Dict): boolean {
    return this.#refusal(dict, {}) !== undefined;
  }

  /** Every key that is refused: each time the one that is named, or without which the complaint is another. */
  refusalsIn(dict: Dict): Finding[] {
    const found: Finding[] = [];
    let rest = dict;
    for (let message = this.#refusal(rest); message !== undefined; message = this.#refusal(rest)) {
      const complaint = message;
      const named = /\bJWT_AUTH\.(\w+)/.exec(complaint)?.[1];
      const blamed = named !== undefined && Object.hasOwn(rest, named) ? named : Object.keys(rest).find((key) => this.#refusal(without(rest, key)) !== complaint);
      found.push({ setting: blamed ?? 'JWT_AUTH', message: blamed === undefined ? complaint : refusalText(blamed, complaint) });
      if (blamed === undefined) break;
      rest = without(rest, blamed);
    }
    return found;
  }

  /** The settings that are others without this key. */
  async effectOf(key: string, dict: Dict): Promise<Record<string, ShownValue>> {
    const rest = without(dict, key);
    const settings = await flattened(this.#settingsOf(dict));
    // A key that others need is one of those that make the keys.
    const others = this.#refusal(rest) === undefined ? await flattened(this.#settingsOf(rest)) : { ...settings, keys: null };
    const effect = Object.fromEntries(Object.entries(settings).filter(([name, value]) => JSON.stringify(others[name]) !== JSON.stringify(value)));
    return key.endsWith('_KEY') ? { keys: settings.keys ?? null } : effect;
  }
}

function without(dict: Dict, key: string): Dict {
  return Object.fromEntries(Object.entries(dict).filter(([each]) => each !== key));
}

function refusalText(key: string, complaint: string): string {
  const message = complaint.replace(/^\w+: /, '');
  return message.startsWith(`JWT_AUTH.${key} `) ? message.slice(`JWT_AUTH.${key} `.length) : message.replace(/^([\w.]+) /, '($1) ');
}

/** Settings by their dotted names. Of the keys, what they are for and nothing else. */
async function flattened({ keys, ...settings }: ReturnType<typeof fromDjangoSettings>): Promise<Record<string, ShownValue>> {
  const flat: Record<string, ShownValue> = { keys: [...(await keys.current()).algorithms] };
  const add = (name: string, value: unknown): void => {
    if (isDict(value)) for (const [member, inner] of Object.entries(value)) add(`${name}.${member}`, inner);
    else if (typeof value === 'function') flat[name] = 'a function';
    else if (value !== undefined) flat[name] = value as ShownValue;
  };
  for (const [name, value] of Object.entries(settings)) add(name, value);
  return flat;
}
