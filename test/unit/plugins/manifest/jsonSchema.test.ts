import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Schema, Validator } from "@cfworker/json-schema";
import { fullManifest } from "./fullManifest.ts";

const root = join(import.meta.dirname, "../../../..");
const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), "utf8"));

describe("The JSON Schema of manifests", () => {
  const validator = new Validator(read("docs/schemas/plugin.schema.json") as Schema, "7", false);
  const isValid = (value: unknown) => validator.validate(value).valid;

  it("accepts a manifest with every key, and keys of other programs", () => {
    assert.ok(isValid(fullManifest));
    assert.ok(isValid({ name: "a", version: "1.0.0", other: true }));
  });

  it("rejects what the bridge rejects", () => {
    for (const wrong of [
      { name: "system" },
      { name: "A" },
      { version: "1" },
      { routing: { keywords: [1] } },
      { communication: { rpc: { methods: [{}] } } },
    ])
      assert.ok(!isValid({ name: "a", version: "1.0.0", ...wrong }), JSON.stringify(wrong));
  });

  it("is contributed to the editor, and packed", () => {
    const { contributes } = read("package.json") as { contributes: { jsonValidation: unknown } };
    const url = "./docs/schemas/plugin.schema.json";
    assert.deepEqual(contributes.jsonValidation, [{ fileMatch: "**/.claude-plugin/plugin.json", url }]);
    assert.match(readFileSync(join(root, ".vscodeignore"), "utf8"), /^!docs\/schemas\/plugin\.schema\.json$/m);
  });
});
