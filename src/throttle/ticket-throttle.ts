import type { EventOrigin } from '../core/events.js';
import type { AuthUser } from '../core/ports.js';
import type { ResolvedSettings } from '../core/settings.js';
import { createStoreGuard } from '../core/store-guard.js';
import { memoryThrottle } from './memory-throttle.js';
import { throttled } from './throttled.js';

// A browser that comes back with twenty tabs of ten streams is served; a loop fills no store.
const LIMIT = { name: 'ticket', attempts: 300, windowSeconds: 60 };

/** Counts a ticket before it is made. @throws AuthError THROTTLED, STORE_UNAVAILABLE */
export type AdmitTicket = (userId: AuthUser['id'], origin: EventOrigin) => Promise<void>;

/** The limit on tickets of one user. */
export function createTicketThrottle(settings: Pick<ResolvedSettings, 'throttle' | 'clock' | 'emit'>): AdmitTicket {
  const { throttle } = settings;
  if (throttle === undefined) return () => Promise.resolve();
  const limiter = (throttle.store ?? memoryThrottle()).limiter(LIMIT);
  const guard = createStoreGuard('throttle', throttle.timeoutMs, settings);
  return async (userId, origin) => {
    const { allowed, availableInMs } = await guard('consume', () => limiter.consume(String(userId)));
    if (!allowed) throw throttled(settings, 'tickets', availableInMs, origin);
  };
}
