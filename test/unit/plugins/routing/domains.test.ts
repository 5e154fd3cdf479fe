import assert from "node:assert/strict";
import { readRequest } from "../../../../src/plugins/routing/classify.ts";

function domainsOf(text: string): readonly string[] {
  return readRequest({ text }).classification.domain;
}

describe("The domain of a request", () => {
  it("is found by whole words: to build something is not about the ui", () => {
    assert.deepEqual(domainsOf("build it"), []);
    assert.deepEqual(domainsOf("require a guide for the suite"), []);
  });

  it("is found by short words", () => {
    assert.deepEqual(domainsOf("fix the ui"), ["frontend", "ui"]);
    assert.deepEqual(domainsOf("use jwt sso"), ["authentication"]);
  });

  it("is found beside punctuation, and whatever the case is", () => {
    assert.deepEqual(domainsOf("improve (the API)."), ["api"]);
  });

  it("is found by other forms of a word", () => {
    assert.deepEqual(domainsOf("speed up queries"), ["database"]);
    assert.deepEqual(domainsOf("it was deployed twice"), ["devops"]);
  });

  it("is found by several words in a row", () => {
    assert.deepEqual(domainsOf("our single sign-on is slow"), ["authentication"]);
    assert.deepEqual(domainsOf("a sign on a single page"), ["frontend"]);
  });

  it("may be any of the twelve", () => {
    assert.deepEqual(domainsOf("cron thermostat saga coverage kubernetes"), [
      "infrastructure",
      "testing",
      "orchestration",
      "smart-home",
      "automation",
    ]);
  });

  it("is found in the subtasks as well", () => {
    const { classification } = readRequest({ text: "Do this:", subtasks: ["add a table"] });
    assert.deepEqual(classification.domain, ["database"]);
  });
});
