import assert from "node:assert/strict";
import { join } from "node:path";
import { runInThisContext } from "node:vm";
import { build } from "esbuild";
import * as z from "zod";
import { sharedWeakMap } from "../../../src/base/sharedMap.ts";

const source = join(import.meta.dirname, "../../../src/base/sharedMap.ts");
const bundle = z.object({ sharedWeakMap: z.custom<typeof sharedWeakMap>((value) => typeof value === "function") });

/** Reads another copy of the module, as each bundle has one. */
async function otherCopy(): Promise<typeof sharedWeakMap> {
  const { outputFiles } = await build({
    entryPoints: [source],
    bundle: true,
    format: "iife",
    globalName: "copy",
    write: false,
  });
  return bundle.parse(runInThisContext(`(() => { ${outputFiles[0]?.text ?? ""}; return copy; })()`)).sharedWeakMap;
}

describe("A shared map", () => {
  it("is the same in the copies of a module that two bundles have", async () => {
    const inOtherBundle = await otherCopy();
    assert.notEqual(inOtherBundle, sharedWeakMap);
    const request = {};
    sharedWeakMap<object, string>("test-same").set(request, "known");
    assert.equal(inOtherBundle<object, string>("test-same").get(request), "known");
  });

  it("is another one for each name", () => {
    assert.notEqual(sharedWeakMap("test-a"), sharedWeakMap("test-b"));
  });
});
