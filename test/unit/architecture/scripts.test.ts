import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";

const folder = join(import.meta.dirname, "../../../scripts");

describe("The scripts", () => {
  it("print the test counts in their last line, also when there is nothing to run", async () => {
    const script = join(folder, "testAll.mjs");
    const { stdout } = await promisify(execFile)(process.execPath, [script, "--only", "no such stage"]).catch(
      (error: { stdout: string }) => error,
    );
    assert.equal(stdout.trimEnd().split("\n").at(-1), "0 passed, 1 failed");
  });

  it("print last what has failed, also of tests that ran in parallel", async () => {
    const tests = await mkdtemp(join(tmpdir(), "kb-stages-"));
    await writeFile(
      join(tests, "broken.test.mjs"),
      'describe("A", () => { it("x", () => { throw new Error("torn"); }); it("y", () => {}); });\n' +
        'describe("B", () => { before(() => { throw new Error("worn"); }); it("z", () => {}); });\n',
    );
    const mocha = { command: "mocha", countsTests: true };
    const args = ["--no-config", "--reporter", "test/support/mocha/countingReporter.ts", join(tests, "*.mjs")];
    const lanes = [
      [
        { ...mocha, name: "alone", args },
        { ...mocha, name: "parallel", args: ["--parallel", ...args] },
      ],
      [{ name: "other", command: "node", args: ["-e", "console.log('why'); process.exit(3)"] }],
    ];
    const code = `import { runStages, sumUp } from ${JSON.stringify(pathToFileURL(join(folder, "runStages.mjs")))};
      console.log(JSON.stringify(sumUp(await runStages(${JSON.stringify(lanes)}))));`;
    const { TEST_COUNTS_FILE: _, ...env } = process.env;
    try {
      const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code], { env });
      const failures = ["  A x", "      torn", '  B "before all" hook for "z"', "      worn", ""];
      assert.deepEqual(stdout.trimEnd().split("\n").slice(-15), [
        "✘ alone: ended with code 2",
        ...failures,
        "✘ parallel: ended with code 2",
        ...failures,
        "✘ other: ended with code 3",
        "why",
        '{"passed":2,"failed":5}',
      ]);
    } finally {
      await rm(tests, { recursive: true });
    }
  });

  it("import only what exists, since no compiler checks them", async () => {
    const entryPoints = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".mjs"))
      .map((file) => join(folder, file));
    const options = {
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
      logLevel: "silent",
    } as const;
    const { errors, warnings } = await build({ ...options, entryPoints, write: false, outdir: "unused" }).catch(
      (error: { errors: unknown[]; warnings: unknown[] }) => error,
    );
    assert.deepEqual([...errors, ...warnings], []);
  });
});
