import { AuthClientError } from './auth-client-error.js';

/** Runs work that is given up, and aborted, after a time. @throws AuthClientError UNREACHABLE */
export function withTimeout<Result>(timeoutMs: number, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    const timer = setTimeout(() => {
      reject(new AuthClientError('UNREACHABLE', 'The server has not answered in time.'));
      controller.abort();
    }, timeoutMs);
    void work(controller.signal).then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
