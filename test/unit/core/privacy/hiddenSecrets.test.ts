import assert from "node:assert/strict";
import { Redactor } from "../../../../src/core/privacy/redactor.ts";

describe("Secrets that become known while the redactor is in use", () => {
  it("are hidden besides those of the options, also in long texts", async () => {
    const redactor = new Redactor({ secrets: () => ["the-token-of-the-bridge"] });
    assert.equal(redactor.text("key-of-an-engine-1"), "key-of-an-engine-1");
    redactor.hide("key-of-an-engine-1");
    redactor.configure({ secrets: () => ["another-token-of-it"] });
    assert.equal(redactor.text("<key-of-an-engine-1> <another-token-of-it>"), "<(hidden)> <(hidden)>");
    const long = `${"x ".repeat(200_000)}key-of-an-engine-1 ${"y ".repeat(200_000)}`;
    const shown = String(await redactor.copy(long));
    assert.ok(shown.includes("(hidden)") && !shown.includes("key-of-an-engine"));
  });

  it("are no words, which are in many texts", () => {
    const redactor = new Redactor();
    redactor.hide("lm-studio");
    assert.equal(redactor.text("LM Studio, or lm-studio"), "LM Studio, or lm-studio");
  });

  it("are bounded in number: the oldest makes room, unless it was used again", () => {
    const redactor = new Redactor();
    const secret = (index: number) => `engine-${index}-secret-of-many`;
    for (let index = 0; index < 100; index++) redactor.hide(secret(index));
    redactor.hide(secret(0));
    redactor.hide(secret(100));
    assert.equal(redactor.text(`<${secret(0)}> <${secret(100)}>`), "<(hidden)> <(hidden)>");
    assert.equal(redactor.text(secret(1)), secret(1));
  });
});
