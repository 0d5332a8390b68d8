/** The server's clock, as far as its answers tell. Times are epoch milliseconds. */
export interface ServerClock {
  now: () => number;
  /** Takes what the server's clock showed just now; gives how far it is ahead of the device's. */
  learn: (serverNow: number) => number;
  /** The Date of the last answer, 0 or NaN where there was none. A proxy may have written it, so that it counts only where no token shows the time. */
  answeredAt: number;
  /** Takes an offset learned before. */
  resume: (offsetMs: number) => void;
}

// A clock that is corrected by less is corrected, not moved.
const JUMP_MS = 1000;

/**
 * A clock over the device's own. Where the device's is set back, the time that has gone by since is kept: the monotonic
 * clock shows it. Set forward it can't be told from a sleep, and is believed: that costs one refresh, which corrects it.
 */
export function createServerClock(deviceNow: () => number = () => Date.now(), monotonicNow: () => number = () => performance.now()): ServerClock {
  let offset = 0;
  let [lastDevice, lastMonotonic] = [deviceNow(), monotonicNow()];
  const device = (): number => {
    const [now, monotonic] = [deviceNow(), monotonicNow()];
    const setBack = monotonic - lastMonotonic - (now - lastDevice);
    if (setBack > JUMP_MS) offset += setBack;
    [lastDevice, lastMonotonic] = [now, monotonic];
    return now;
  };
  return {
    answeredAt: 0,
    now: () => device() + offset,
    learn: (serverNow) => (offset = serverNow - device()),
    resume: (offsetMs) => void (offset = offsetMs),
  };
}
