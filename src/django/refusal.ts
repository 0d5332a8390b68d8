import { ConfigurationError } from '../core/errors.js';

/** Refuses a key of `JWT_AUTH`. @throws ConfigurationError naming it */
export function refuse(key: string, fault: string): never {
  throw new ConfigurationError(`fromDjangoSettings: JWT_AUTH.${key} ${fault}.`);
}

/** What a call makes; its complaints name the key of `JWT_AUTH`. @throws ConfigurationError */
export function naming<Made>(key: string, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ConfigurationError(`fromDjangoSettings: JWT_AUTH.${key}: ${error.message.replace(/^\w+: /, '')}`, { cause: error });
  }
}

/** One of two: true or false. @throws ConfigurationError */
export function flag(key: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') refuse(key, `is ${JSON.stringify(value)}; give true or false`);
  return value;
}
