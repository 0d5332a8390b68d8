import { fileURLToPath } from 'node:url';

/** The time of one function. */
export interface FunctionTime {
  readonly name: string;
  /** Its file and line; empty for what has no file. */
  readonly place: string;
  /** Its package, or its file where it is ours. */
  readonly area: string;
  readonly isOurs: boolean;
  readonly selfMicroseconds: number;
  /** With all that it calls; once, however often it is in a stack. */
  readonly inclusiveMicroseconds: number;
}

/** Where the time of a stretch went. */
export interface CpuProfile {
  /** Each once; without the time that was idle. */
  readonly functions: readonly FunctionTime[];
  readonly busyMicroseconds: number;
  readonly totalMicroseconds: number;
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number; readonly columnNumber: number };
  readonly children?: readonly number[];
}

/** What V8 writes; times are microseconds of the system's monotonic clock. */
interface WrittenProfile {
  readonly nodes: readonly ProfileNode[];
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const root = new URL('../..', import.meta.url).href;
const PACKAGE = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)(.*)$/;
const OURS = 'trpc-jwt-auth';

function pathOf(url: string): string {
  const inPackage = PACKAGE.exec(url);
  if (inPackage !== null) return `${inPackage[1] ?? ''}${inPackage[2] ?? ''}`;
  if (url.startsWith(`${root}dist/`)) return `${OURS}/${url.slice(root.length + 'dist/'.length)}`;
  if (url.startsWith(root)) return url.slice(root.length);
  return url.startsWith(fileURLToPath(root)) ? url.slice(fileURLToPath(root).length) : url;
}

function areaOf(name: string, url: string): string {
  if (url === '') return name.startsWith('(') ? name : 'native functions';
  if (url.startsWith('node:')) return 'node internals';
  const path = pathOf(url);
  return path.startsWith(`${OURS}/`) ? path : (PACKAGE.exec(url)?.[1] ?? path);
}

/** Reads a `.cpuprofile` from one moment to another, microseconds of `process.hrtime`. @throws Error where it has no samples of that time */
export function readProfile(text: string, from: number, to: number): CpuProfile {
  const { nodes, startTime, samples, timeDeltas } = JSON.parse(text) as WrittenProfile;
  const selfOf = new Map<number, number>();
  let idleMicroseconds = 0;
  let totalMicroseconds = 0;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  let at = startTime;
  for (const [index, id] of samples.entries()) {
    at += timeDeltas[index] ?? 0;
    if (at < from || at > to) continue;
    // A sample stands for the time up to the next one.
    const lasted = timeDeltas[index + 1] ?? 0;
    totalMicroseconds += lasted;
    if (byId.get(id)?.callFrame.functionName === '(idle)') idleMicroseconds += lasted;
    else selfOf.set(id, (selfOf.get(id) ?? 0) + lasted);
  }
  if (totalMicroseconds === 0) throw new Error('the profile has no samples of the time under load');

  const functions = new Map<string, { -readonly [Key in keyof FunctionTime]: FunctionTime[Key] }>();
  const keyOf = ({ functionName, url, lineNumber, columnNumber }: ProfileNode['callFrame']): string => `${functionName} ${url}:${lineNumber}:${columnNumber}`;
  /** Adds up what is below a node, and puts it down to its function where no caller of it is the same one. */
  const walk = (node: ProfileNode, callers: ReadonlySet<string>): number => {
    const { callFrame } = node;
    const key = keyOf(callFrame);
    const stack = callers.has(key) ? callers : new Set(callers).add(key);
    const self = selfOf.get(node.id) ?? 0;
    let inclusive = self;
    for (const child of node.children ?? []) {
      const called = byId.get(child);
      if (called !== undefined) inclusive += walk(called, stack);
    }
    if (inclusive === 0) return 0;
    const name = callFrame.functionName === '' ? '(anonymous)' : callFrame.functionName;
    const area = areaOf(name, callFrame.url);
    const found = functions.get(key) ?? {
      name,
      place: callFrame.url === '' ? '' : `${pathOf(callFrame.url)}:${callFrame.lineNumber + 1}`,
      area,
      isOurs: area.startsWith(`${OURS}/`),
      selfMicroseconds: 0,
      inclusiveMicroseconds: 0,
    };
    found.selfMicroseconds += self;
    if (!callers.has(key)) found.inclusiveMicroseconds += inclusive;
    functions.set(key, found);
    return inclusive;
  };
  const [first] = nodes;
  if (first !== undefined) walk(first, new Set());
  return { functions: [...functions.values()], busyMicroseconds: totalMicroseconds - idleMicroseconds, totalMicroseconds };
}
