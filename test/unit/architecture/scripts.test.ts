import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const folder = join(import.meta.dirname, "../../../scripts");

describe("The scripts", () => {
  it("import only what exists: nothing checks the types of theirs", async () => {
    const entryPoints = readdirSync(folder)
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
