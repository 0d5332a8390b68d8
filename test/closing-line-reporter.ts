import type { Reporter, TestModule, TestSuite } from 'vitest/node';

function hasErrors(suite: TestModule | TestSuite): boolean {
  return suite.errors().length > 0;
}

/** Ends a run with its counts on a line of their own, for whoever reads the log by machine. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) counts[test.result().state] += 1;
      // A file or a suite that fails outside of its tests (an import, a hook) has failed all the same.
      counts.failed += [module, ...module.children.allSuites()].filter(hasErrors).length;
    }
    // Tests that an ended run never reached.
    counts.failed += counts.pending;
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
    process.stdout.write(`Tests: ${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
  }
}
