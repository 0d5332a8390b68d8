import { AuthClientError } from './auth-client-error.js';

/** Runs work that is given up, and aborted, after a time. @throws AuthClientError UNREACHABLE */
export async function withTimeout<Result>(timeoutMs: number, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new AuthClientError('UNREACHABLE', 'The server has not answered in time.'));
      controller.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([work(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
