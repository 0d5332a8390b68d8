import { z } from 'zod';

/** The input of what takes none: whatever is sent is left out. */
export const noInput = z.unknown().transform(() => undefined) as unknown as z.ZodType<undefined, undefined>;
