import assert from "node:assert/strict";
import { shortNameSchema } from "../../../src/core/shortName.ts";

describe("A short name", () => {
  for (const name of ["a", "0", "my-archive", "console", "com10", "a".repeat(32)]) {
    it(`may be '${name}'`, () => assert.equal(shortNameSchema.parse(name), name));
  }

  for (const name of [
    "",
    "-a",
    "A",
    "a.b",
    "../a",
    "a ",
    "ä",
    "a".repeat(33),
    "con",
    "nul",
    "aux",
    "prn",
    "com1",
    "lpt9",
  ]) {
    it(`may not be '${name}'`, () => assert.equal(shortNameSchema.safeParse(name).success, false));
  }
});
