/** What the checks are told of the server they call. */
export interface Target {
  readonly origin: string;
  /** Whether the runtime has Node's modules. */
  readonly hasNode: boolean;
  /** The address that the server sees its clients at. */
  readonly clientAddress: string | null;
}

/** One thing that has to work in every runtime. It imports nothing that a runtime may lack. */
export interface Check {
  readonly name: string;
  readonly run: (target: Target) => Promise<void>;
}

/** How a check went. */
export interface Outcome {
  readonly name: string;
  /** What was wrong; absent where nothing was. */
  readonly fault?: string;
}

/** @throws Error where the two are not the same JSON */
export function equal(actual: unknown, expected: unknown): void {
  const [is, shouldBe] = [actual, expected].map((value) => JSON.stringify(value) ?? 'undefined');
  if (is !== shouldBe) throw new Error(`${is} is not ${shouldBe}`);
}

/** The error of a promise that fails. @throws Error where it does not */
export async function failure(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  const settled = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in settled) return settled.error as Record<string, unknown>;
  throw new Error(`${JSON.stringify(settled.value)} instead of an error`);
}

/** Makes the checks, one after the other. */
export async function outcomesOf(checks: readonly Check[], target: Target, prefix: string): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { name, run } of checks) {
    const fault = await run(target).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error)),
    );
    outcomes.push({ name: `${prefix}: ${name}`, ...(fault !== undefined && { fault }) });
  }
  return outcomes;
}
