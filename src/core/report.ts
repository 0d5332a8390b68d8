/** The default for unexpected errors: name and message on one line; a stack or a cause may hold what a log must not. */
export function systemReport(error: unknown): void {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
  // eslint-disable-next-line no-console -- the app gave no reportError, and an error must not vanish
  console.error(`trpc-jwt-auth: ${what.replaceAll(/\s+/g, ' ').slice(0, 500)} (set reportError to see all of it)`);
}
