import { ConfigurationError } from '../core/errors.js';

/**
 * Refuses what an optional peer that cannot be loaded was needed for, as in `import('bcrypt').catch(missingLibrary('bcrypt'))`: written like this, bundlers
 * leave a package that is not installed for run time. It is no wrong password: to say `false` would lock its users out without a word to anybody.
 */
export function missingLibrary(name: string): (cause: unknown) => never {
  return (cause) => {
    throw new ConfigurationError(`A stored password hash needs the package ${name}, which cannot be loaded; run: npm install ${name}`, { cause });
  };
}
