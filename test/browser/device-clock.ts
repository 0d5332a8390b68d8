declare global {
  interface Window {
    /** What the page's server has let pass, in milliseconds, by the time the page was loaded. */
    elapsedMs?: number;
    /** How wrong the device's clock is, in milliseconds. */
    deviceErrorMs?: number;
    /** Moves the device's clock, in milliseconds. */
    moveDeviceClock: (byMs: number) => void;
  }
}

const SystemDate = Date;
let offsetMs = (window.elapsedMs ?? 0) + (window.deviceErrorMs ?? 0);

// The monotonic clock goes on by itself, as it does on a device whose clock is set, and on one that slept.
class DeviceDate extends SystemDate {
  constructor(...args: [] | [string | number | Date]) {
    super(args.length === 0 ? DeviceDate.now() : args[0]);
  }

  static override now(): number {
    return SystemDate.now() + offsetMs;
  }
}

globalThis.Date = DeviceDate as DateConstructor;
window.moveDeviceClock = (byMs) => void (offsetMs += byMs);

export {};
