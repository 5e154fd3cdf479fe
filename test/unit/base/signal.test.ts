import assert from "node:assert/strict";
import { Signal } from "../../../src/base/signal.ts";

describe("Signal", () => {
  it("resolves for those who wait, and for those who come later", async () => {
    const signal = new Signal();
    let heard = 0;
    const waiting = [signal.promise, signal.promise].map((promise) => promise.then(() => heard++));
    signal.fire();
    await Promise.all(waiting);
    assert.equal(heard, 2);
    await signal.promise;
  });

  it("happens once", async () => {
    const signal = new Signal();
    signal.fire();
    signal.fire();
    await signal.promise;
  });
});
