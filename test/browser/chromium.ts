import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const USUAL_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const MISSING = 'there is no Chromium: install it (Debian: apt-get install chromium) or name one in CHROMIUM_PATH';

/** What keeps Chromium to itself: no sandbox of its own in a container, and no requests but the tests'. */
export const CHROMIUM_ARGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function installedChromium(): string | undefined {
  const onPath = (process.env.PATH ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...onPath, ...USUAL_PATHS].find(isProgram);
}

/** Finds a Chromium, or installs Debian's where that is allowed. @throws Error that says what to install */
export async function findChromium(): Promise<string> {
  const named = process.env.CHROMIUM_PATH;
  if (named !== undefined) {
    if (!isProgram(named)) throw new Error(`CHROMIUM_PATH is ${named}, where there is no program`);
    return named;
  }
  const installed = installedChromium();
  if (installed !== undefined) return installed;
  if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new Error(MISSING);
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  try {
    await execute('apt-get', ['update'], options);
    await execute('apt-get', ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=60', 'chromium'], options);
  } catch (cause) {
    throw new Error(`${MISSING}; apt-get could not install it`, { cause });
  }
  const added = installedChromium();
  if (added === undefined) throw new Error(MISSING);
  return added;
}
