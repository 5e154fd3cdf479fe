import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { silentLogger } from "../../../src/base/logger.ts";
import { BridgeError, isBridgeError } from "../../../src/protocol/errors.ts";
import { toBridgeError } from "../../../src/server/http/errorHandler.ts";

type ErrorsModule = typeof import("../../../src/protocol/errors.ts");

const src = join(import.meta.dirname, "../../../src");

/** Bundles the module once more and loads it: a copy of the class that no other code has. */
async function loadCopy(name: string): Promise<ErrorsModule> {
  const entryPoints = [join(src, "protocol/errors.ts")];
  const { outputFiles } = await build({
    entryPoints,
    bundle: true,
    format: "esm",
    write: false,
    banner: { js: `/* ${name} */` },
  });
  const text = outputFiles[0]?.text ?? "";
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is this very module, bundled
  return (await import(`data:text/javascript,${encodeURIComponent(text)}`)) as ErrorsModule;
}

describe("isBridgeError", () => {
  it("recognizes the errors of another bundle, in both directions", async () => {
    const [first, second] = await Promise.all([loadCopy("first"), loadCopy("second")]);
    assert.notEqual(first.BridgeError, second.BridgeError);
    const error = new first.BridgeError("CONFLICT", "taken");
    assert.ok(!(error instanceof second.BridgeError));
    for (const recognizes of [first.isBridgeError, second.isBridgeError, isBridgeError]) assert.ok(recognizes(error));
    assert.ok(first.isBridgeError(new BridgeError("NOT_FOUND")));
  });

  it("lets an error of another bundle through to the answer as it is", async () => {
    const { BridgeError: Copy } = await loadCopy("third");
    const error = new Copy("KIRO_UNAVAILABLE", "The bridge is stopping.", { reason: "not_running" });
    assert.equal(toBridgeError(error, silentLogger), error);
  });

  it("rejects what only looks like one", () => {
    const nearly = Object.assign(new Error("no"), { code: "CONFLICT", context: undefined });
    const branded = { [Symbol.for("kiro-bridge.BridgeError")]: true, code: "CONFLICT" };
    const unknownCode = Object.assign(new Error("no"), { ...branded, code: "TEAPOT" });
    for (const value of [nearly, branded, unknownCode, undefined, null, "CONFLICT", new Error("no")])
      assert.equal(isBridgeError(value), false);
  });

  it("is the only check in the product, since instanceof knows one bundle only", () => {
    const files = globSync("**/*.ts", { cwd: src });
    assert.deepEqual(
      files.filter((file) => readFileSync(join(src, file), "utf8").includes("instanceof BridgeError")),
      [],
    );
  });
});
