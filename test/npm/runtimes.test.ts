import assert from "node:assert/strict";
import { findRuntime, runtimes } from "../support/runtimes.ts";
import { expectedOutput, installProject, type InstalledProject, printed } from "./installedProject.ts";

describe("The npm package in other runtimes", () => {
  let project: InstalledProject;

  before(async () => {
    project = await installProject();
  });
  after(() => project.dispose());

  for (const runtime of runtimes) {
    it(`is used by an ES module in ${runtime.label}`, async function () {
      const program = (await findRuntime(runtime)) ?? this.skip();
      const file = await project.copy("program.mjs");
      assert.deepEqual(printed(await project.run(program, ...runtime.args, file)), expectedOutput);
    });
  }
});
