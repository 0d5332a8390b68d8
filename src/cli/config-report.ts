import { aligned } from './terminal.js';

/** Something to know of a setting; the message goes on from its name. */
export interface Finding {
  readonly setting: string;
  readonly message: string;
}

/** What came of a check. */
export interface Report {
  /** What stands above the lists. */
  readonly summary: string;
  /** What each thing in the file comes to. */
  readonly rows: readonly (readonly [name: string, text: string])[];
  /** The same for programs. */
  readonly document: object;
  /** Why it would not start. */
  readonly faults: readonly Finding[];
  /** What works, and should be another way. */
  readonly warnings: readonly Finding[];
  /** What is right for some. */
  readonly notes: readonly Finding[];
}

/** A report for a reader. */
export function reportText({ summary, rows, faults, warnings, notes }: Report): string {
  return [
    summary,
    ...(rows.length > 0 ? ['', aligned(rows)] : []),
    ...listText(counted(faults, 'fault'), faults),
    ...listText(counted(warnings, 'warning'), warnings),
    ...listText(counted(notes, 'note'), notes),
  ].join('\n');
}

function listText(heading: string, findings: readonly Finding[]): string[] {
  return findings.length === 0 ? [] : ['', heading, ...findings.map(({ setting, message }) => `  ${setting} ${message}`)];
}

/** How many, in words: `1 fault`, `2 faults`. */
export function counted(findings: readonly Finding[], name: string): string {
  return `${findings.length} ${name}${findings.length === 1 ? '' : 's'}`;
}
