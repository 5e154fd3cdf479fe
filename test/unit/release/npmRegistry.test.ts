import assert from "node:assert/strict";
import { isOlder, publishedIntegrity } from "../../../scripts/release/parts/npmRegistry.mjs";

describe("The integrity that the npm registry has of a version", () => {
  it("is what npm prints", () => {
    assert.equal(publishedIntegrity({ code: 0, output: '"sha512-abc=="\n', errors: "" }), "sha512-abc==");
  });

  it("is none for a package or a version that does not exist", () => {
    const output = JSON.stringify({ error: { code: "E404", summary: "Not Found" } });
    assert.equal(publishedIntegrity({ code: 1, output, errors: "" }), undefined);
    assert.equal(publishedIntegrity({ code: 0, output: "\n", errors: "" }), undefined);
  });

  it("is unknown if the registry did not answer, which is no sign that the version is free", () => {
    const output = JSON.stringify({ error: { code: "E503", summary: "Service Unavailable" } });
    assert.throws(() => publishedIntegrity({ code: 1, output, errors: "" }), /Service Unavailable/);
    assert.throws(() => publishedIntegrity({ code: 1, output: "", errors: "no network\n" }), /no network$/);
  });
});

describe("The age of a program", () => {
  for (const [version, than, expected] of [
    ["10.9.2", "11.5.1", true],
    ["11.5.0", "11.5.1", true],
    ["11.5.1", "11.5.1", false],
    ["11.10.0", "11.5.1", false],
    ["12.0.0-pre.1", "11.5.1", false],
  ] as const) {
    it(`${expected ? "is" : "is not"} too high for ${version} where ${than} is needed`, () =>
      assert.equal(isOlder(version, than), expected));
  }
});
