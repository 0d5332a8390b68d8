import { heapBytesInUse } from './heap.js';
import type { Listening, Usage } from './server-process.js';

/** What a file of `servers/` exports: each of its variants, to be started. */
export type Variants = Readonly<Record<string, () => Promise<Listening & { readonly counts?: Readonly<Record<string, number>> }>>>;

/* Serves one variant, in a process of its own: its file, its name. */

const [file, name] = process.argv.slice(2);
const { variants } = (await import(`../servers/${file ?? ''}.ts`)) as { variants: Variants };
const start = variants[name ?? ''];
if (start === undefined) throw new RangeError(`${file ?? 'nothing'} has no variant ${name ?? ''}; it has ${Object.keys(variants).join(', ')}`);
const { port, facts, counts = {} } = await start();

process.on('message', ({ collectGarbage }: { readonly collectGarbage: boolean }) => {
  const { user, system } = process.cpuUsage();
  const heapBytes = collectGarbage ? heapBytesInUse() : process.memoryUsage().heapUsed;
  const usage: Usage = { cpuMicroseconds: user + system, heapBytes, counts: { ...counts } };
  process.send?.(usage);
});
process.on('disconnect', () => process.exit());
// A profile is written on the way out.
process.on('SIGTERM', () => process.exit());
const listening: Listening = { port, ...(facts && { facts }) };
process.send?.(listening);
