import type { KeySet } from '../core/keys.js';
import { asCommandError } from './command-error.js';
import { loadAuth } from './config-file.js';
import { notesOf, warningsOf } from './config-findings.js';
import type { Report } from './config-report.js';
import { shownSettings, valueText } from './config-settings.js';
import { dryRun } from './dry-run.js';
import type { Terminal } from './terminal.js';

/** Checks a module that exports auth. @throws CommandError where it does not load */
export async function checkModule(file: string, terminal: Terminal): Promise<Report> {
  const { settings } = await loadAuth(file, `check-config ${file}`, terminal);
  let keys: KeySet;
  try {
    keys = await settings.keys.current();
  } catch (error) {
    const { code, message } = asCommandError(error);
    const fault = code === 'STORE_UNAVAILABLE' ? 'cannot be loaded; their reportError was told why.' : `cannot be used: ${message}`;
    return { summary: `${file} loads.`, rows: [], document: {}, faults: [{ setting: 'keys', message: fault }], warnings: [], notes: [] };
  }
  const faults = await dryRun(settings);
  const shown = shownSettings(settings, keys);
  return {
    summary: faults.length > 0 ? `${file} loads.` : `${file} loads, and its keys sign a token and verify it. No user was asked for.`,
    rows: Object.entries(shown).map(([name, value]) => [name, valueText(name, value)]),
    document: { settings: shown },
    faults,
    warnings: warningsOf(settings, keys),
    notes: notesOf(settings),
  };
}
