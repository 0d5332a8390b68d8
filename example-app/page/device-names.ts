// The order matters, for most browsers name several.
const BROWSERS = [[/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/Firefox\//, 'Firefox'], [/Chrome\//, 'Chrome'], [/Safari\//, 'Safari'], [/curl\//, 'curl'], [/node/, 'Node.js']] as const;
const SYSTEMS = [[/iPhone|iPad/, 'iOS'], [/Android/, 'Android'], [/Windows/, 'Windows'], [/Mac OS/, 'macOS'], [/Linux/, 'Linux']] as const;

/** Browser and system, as far as a user agent tells. */
export function deviceName(userAgent: string): string {
  const first = (names: readonly (readonly [RegExp, string])[]): string | undefined => names.find(([pattern]) => pattern.test(userAgent))?.[1];
  return [first(BROWSERS) ?? 'Unknown browser', first(SYSTEMS)].filter(Boolean).join(' on ');
}

const UNITS = [['day', 86_400], ['hour', 3600], ['minute', 60]] as const;
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** How long ago a moment was, given in epoch seconds. */
export function timeAgo(seconds: number): string {
  const age = Date.now() / 1000 - seconds;
  const [unit, length] = UNITS.find(([, each]) => age >= each) ?? [];
  return unit === undefined ? 'just now' : relative.format(-Math.floor(age / length), unit);
}
