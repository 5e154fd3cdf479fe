import assert from "node:assert/strict";
import { readTraceparent } from "../../../src/protocol/tracing/traceparent.ts";
import { traceparentSchema } from "../../../src/protocol/tracing/traceparentSchema.ts";

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const span = "00f067aa0ba902b7";

describe("A traceparent", () => {
  it("is read with all that version 00 has", () => {
    assert.equal(readTraceparent(`00-${trace}-${span}-01`), `00-${trace}-${span}-01`);
    assert.equal(readTraceparent(`00-${trace}-${span}-00`), `00-${trace}-${span}-00`);
    assert.equal(readTraceparent(`cc-${trace}-${span}-01-what-the-future-brings`), `00-${trace}-${span}-01`);
    assert.equal(traceparentSchema.parse(`00-${trace}-${span}-01`), `00-${trace}-${span}-01`);
  });

  it("is ignored if it is not valid", () => {
    const zero = (length: number): string => "0".repeat(length);
    for (const text of [
      undefined,
      [`00-${trace}-${span}-01`],
      "",
      `ff-${trace}-${span}-01`,
      `00-${trace}-${span}-01-more`,
      `cc-${trace}-${span}-01.more`,
      `00-${trace.toUpperCase()}-${span}-01`,
      `00-${zero(32)}-${span}-01`,
      `00-${trace}-${zero(16)}-01`,
      `00-${trace}-${span}`,
      ` 00-${trace}-${span}-01`,
      `00-${trace}-${span}-01\n`,
    ])
      assert.equal(readTraceparent(text), undefined, String(text));
    assert.ok(readTraceparent(`00-${zero(31)}1-${zero(15)}1-00`) !== undefined);
    assert.equal(traceparentSchema.safeParse("canary").success, false);
  });
});
