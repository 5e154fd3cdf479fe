import assert from "node:assert/strict";
import { isAnswer, subtitleOf, targetName, titleOf } from "../../../../../src/dashboard/page/look/format.ts";

describe("targetName", () => {
  it("names the targets of every bridge, and keeps the ID of another one", () => {
    assert.deepEqual(["editor", "cli", "gateway"].map(targetName), ["Editor", "Kiro CLI", "gateway"]);
  });
});

describe("The title of a run", () => {
  const titles = (command: string) => {
    const row = { command, args: ["Write a haiku\nabout keys"] };
    return [titleOf(row), subtitleOf(row), isAnswer(row)];
  };

  it("is the prompt for any agent, and the command otherwise", () => {
    assert.deepEqual(titles("kiro.cli.chat"), ["Write a haiku", "Kiro CLI", true]);
    assert.deepEqual(titles("kiro.engines.poet.chat"), ["Write a haiku", "poet", true]);
    assert.deepEqual(titles("kiro.engines.poet.cancel"), ["kiro.engines.poet.cancel", "Write a haiku", false]);
  });
});
