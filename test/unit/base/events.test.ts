import assert from "node:assert/strict";
import { Emitter } from "../../../src/base/events.ts";

describe("Emitter", () => {
  it("calls listeners in the order of their registration", () => {
    const emitter = new Emitter<number>();
    const heard: string[] = [];
    emitter.event((value) => heard.push(`a${value}`));
    emitter.event((value) => heard.push(`b${value}`));
    emitter.fire(1);
    assert.deepEqual(heard, ["a1", "b1"]);
  });

  it("does not call one that is removed or added while the event is fired", () => {
    const emitter = new Emitter<void>();
    const heard: string[] = [];
    emitter.event(() => {
      void later.dispose();
      emitter.event(() => heard.push("new"));
    });
    const later = emitter.event(() => heard.push("later"));
    emitter.fire();
    assert.deepEqual(heard, []);
    emitter.fire();
    assert.deepEqual(heard, ["new"]);
  });

  it("calls no listener after it is disposed, also by a listener", () => {
    const emitter = new Emitter<void>();
    const heard: string[] = [];
    emitter.event(() => emitter.dispose());
    emitter.event(() => heard.push("second"));
    emitter.fire();
    emitter.fire();
    assert.deepEqual(heard, []);
  });

  it("calls the others when one throws", () => {
    const errors: unknown[] = [];
    const emitter = new Emitter<void>((error) => errors.push(error));
    let calls = 0;
    emitter.event(() => assert.fail("as asked"));
    emitter.event(() => calls++);
    emitter.fire();
    assert.equal(calls, 1);
    assert.equal(errors.length, 1);
  });
});
