import { randomUUID } from 'node:crypto';

import { checkClaims } from '../core/claims.js';
import { epochSeconds } from '../core/clock.js';
import type { ResolvedSettings } from '../core/settings.js';
import { createTokens } from '../core/tokens.js';
import { asCommandError } from './command-error.js';
import type { Finding } from './config-report.js';

const NOBODY = { id: 0, username: 'dry-run', isActive: true };

/** Signs a token with the app's keys and verifies it, and asks no user table. */
export async function dryRun(settings: ResolvedSettings): Promise<Finding[]> {
  const { issuer, audience, expiresInSeconds } = settings;
  const tokens = createTokens(settings.keys, 'JWT');
  try {
    const now = epochSeconds(settings.clock);
    const claims = { exp: now + expiresInSeconds, iat: now, jti: randomUUID(), ...(issuer !== undefined && { iss: issuer }), ...(audience !== undefined && { aud: audience }) };
    const token = await tokens.sign(claims, NOBODY);
    checkClaims(settings, (await tokens.verify(token)).claims, now);
    return [];
  } catch (error) {
    const { code, message } = asCommandError(error);
    return [{ setting: 'keys', message: code === undefined ? `cannot sign: ${message}` : `sign a token that they refuse (${code}): ${message}` }];
  }
}
