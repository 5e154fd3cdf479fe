import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { browserBundle } from "../../../scripts/npm/bundles.mjs";

const MAX_BYTES = 25 * 1024;

describe("The SDK in a browser", () => {
  it("is bundled without Node's modules, zod and further copies of anything", async () => {
    const { code, metafile } = await browserBundle();
    const imports = Object.values(metafile.outputs).flatMap(({ imports: all }) => all);
    assert.deepEqual(imports, []);
    // Discovery asks the platform for them, where there are any.
    const named = /\brequire\(|(?<!getBuiltinModule(?:\?\.)?\()["'`]node:.{20}/g;
    assert.deepEqual(Buffer.from(code).toString().match(named), null);
    const inputs = Object.keys(metafile.inputs);
    assert.deepEqual(
      inputs.filter((path) => path.includes("node_modules/zod/")),
      [],
    );
  });

  it("needs nothing that pages over plain HTTP lack", async () => {
    const { code } = await browserBundle();
    assert.ok(!Buffer.from(code).includes("randomUUID"));
  });

  it(`takes at most ${MAX_BYTES / 1024} KiB, compressed`, async () => {
    const { code } = await browserBundle();
    const bytes = gzipSync(code).byteLength;
    assert.ok(bytes <= MAX_BYTES, `${bytes} bytes`);
  });
});
