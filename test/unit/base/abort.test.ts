import assert from "node:assert/strict";
import { onAbort } from "../../../src/base/abort.ts";

describe("onAbort", () => {
  it("runs its listener once, with the reason", () => {
    const controller = new AbortController();
    const reasons: unknown[] = [];
    onAbort(controller.signal, (reason) => void reasons.push(reason));
    assert.deepEqual(reasons, []);
    controller.abort("stop");
    controller.abort("again");
    assert.deepEqual(reasons, ["stop"]);
  });

  it("runs its listener at once when the signal has aborted already", () => {
    const reasons: unknown[] = [];
    onAbort(AbortSignal.abort("earlier"), (reason) => void reasons.push(reason));
    assert.deepEqual(reasons, ["earlier"]);
  });

  it("runs nothing after it was disposed of", async () => {
    const controller = new AbortController();
    const listening = onAbort(controller.signal, () => assert.fail("it was disposed of"));
    await listening.dispose();
    controller.abort();
  });
});
