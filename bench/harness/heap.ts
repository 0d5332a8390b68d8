/** What is in use of this process's heap. */
export function heapBytesInUse(): number {
  if (globalThis.gc === undefined) throw new Error('start the process with --expose-gc');
  // Twice: what a finalizer lets go of is gone with the second.
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}
