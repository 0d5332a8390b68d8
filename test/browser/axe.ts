import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core has against the page as it is now, a line for each element. */
export async function violationsOf(page: Page): Promise<string[]> {
  // Scripts of a debugger are not held back by the page's Content-Security-Policy.
  await page.evaluate(source);
  const { violations } = await page.evaluate(() => (window as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run());
  return violations.flatMap(({ id, impact, nodes }) => nodes.map(({ html, failureSummary = '' }) => `${impact ?? 'none'} ${id}: ${html.slice(0, 150)} ${failureSummary}`));
}
