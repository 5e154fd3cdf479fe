import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import mocha from "mocha";

/**
 * Mocha's spec report, and at the end the counts as JSON in the file that `TEST_COUNTS_FILE` names (see testCounts.ts):
 * `npm test` adds up what was counted, not what was printed.
 */
export default class CountingReporter extends mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.TEST_COUNTS_FILE;
    if (!file) return;
    runner.once(mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = runner.stats;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `${JSON.stringify({ passes, failures, pending })}\n`);
    });
  }
}
