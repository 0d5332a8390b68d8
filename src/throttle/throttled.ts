import { AuthError } from '../core/errors.js';
import type { EventOrigin, ThrottledEvent } from '../core/events.js';
import type { ResolvedSettings } from '../core/settings.js';

/** The refusal of what has reached a limit; it is told as an event. */
export function throttled({ clock, emit }: Pick<ResolvedSettings, 'clock' | 'emit'>, limit: ThrottledEvent['limit'], availableInMs: number, origin: EventOrigin): AuthError {
  const seconds = Math.max(1, Math.ceil(availableInMs / 1000));
  emit({ type: 'throttled', at: clock(), limit, availableInSeconds: seconds, ...origin });
  const message = `Request was throttled. Expected available in ${seconds} second${seconds === 1 ? '' : 's'}.`;
  return new AuthError('THROTTLED', { message, retryAfterSeconds: seconds });
}
