import type { ServerProcess } from './server-process.js';

/** Starts a server, or says loudly what is not run without it; under CI that is a failure, for there everything is run. */
export async function orNotRun(start: () => Promise<ServerProcess>, whatIsNotRun: string): Promise<ServerProcess | null> {
  try {
    return await start();
  } catch (error) {
    const why = `NOT RUN, for ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}: ${whatIsNotRun}.`;
    if (process.env.CI !== undefined) throw new Error(why, { cause: error });
    console.warn(why);
    return null;
  }
}
