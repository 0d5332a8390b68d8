import { z } from 'zod';

import type { ResolvedSettings } from '../core/settings.js';
import type { Serializer } from './serializer.js';

/** Clears the cookie. It needs no live token: who can't prove who he is may still leave. */
export function logoutSerializer(settings: Pick<ResolvedSettings, 'cookie'>): Serializer<object, object | undefined, Record<string, never>> {
  return {
    input: z.unknown().transform(() => ({})) as unknown as z.ZodType<object, object | undefined>,
    validate: (_attrs, request) => {
      if (settings.cookie !== undefined) request?.expectCookie();
      return Promise.resolve({});
    },
  };
}
