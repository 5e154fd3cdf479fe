import mocha from "mocha";
import { countTests, writeCounts } from "./testCounts.ts";

/** Mocha's spec report, and at the end the counts in the file that `TEST_COUNTS_FILE` names (see testCounts.ts). */
export default class CountingReporter extends mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const file = process.env["TEST_COUNTS_FILE"];
    if (file === undefined || file === "") return;
    const counts = countTests(runner);
    runner.once(mocha.Runner.constants.EVENT_RUN_END, () => writeCounts(file, counts()));
  }
}
