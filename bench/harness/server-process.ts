import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a server says of itself once it listens. */
export interface Listening {
  readonly port: number;
  /** What a client needs to know that only the server does. */
  readonly facts?: Readonly<Record<string, string>>;
}

/** What a server has used and counted since it began. */
export interface Usage {
  /** Of all its threads, in microseconds. */
  readonly cpuMicroseconds: number;
  readonly heapBytes: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** A variant's server in a process of its own. */
export interface ServerProcess {
  readonly listening: Listening;
  readonly usage: (options?: { readonly collectGarbage?: boolean }) => Promise<Usage>;
  readonly stop: () => Promise<void>;
}

/** Which server: a file of `servers/`, and the variant it is to serve. */
export interface ServerName {
  readonly file: string;
  readonly variant: string;
  readonly env?: Readonly<Record<string, string>>;
}

const entry = fileURLToPath(new URL('server-entry.ts', import.meta.url));

/** Starts a server and waits until it listens. @throws Error where it does not */
export async function startServer({ file, variant, env }: ServerName, nodeArguments: readonly string[] = []): Promise<ServerProcess> {
  // NODE_ENV as it is where these servers do their work: Express and better-auth look at it.
  const child = fork(entry, [file, variant], { execArgv: ['--import', 'tsx', ...nodeArguments], env: { ...process.env, NODE_ENV: 'production', TSX_TSCONFIG_PATH: fileURLToPath(new URL('../tsconfig.json', import.meta.url)), ...env }, serialization: 'advanced' });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the server ${file} ${variant} ended with ${String(code)}`);
  });
  ended.catch(() => undefined);
  const message = async <Message>(): Promise<Message> => ((await Promise.race([once(child, 'message'), ended])) as [Message])[0];
  const listening = await message<Listening>();
  return {
    listening,
    usage: ({ collectGarbage = false } = {}) => {
      child.send({ collectGarbage });
      return message<Usage>();
    },
    stop: async () => {
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    },
  };
}
