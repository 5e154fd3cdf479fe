import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
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
