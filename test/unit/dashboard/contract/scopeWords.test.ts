import assert from "node:assert/strict";
import { permissionSentence, permissionWords, roleWords } from "../../../../src/dashboard/contract/scopeWords.ts";
import { roleNames, roles, scopeNames } from "../../../../src/protocol/access.ts";

describe("Permissions in words", () => {
  const textsOf = (...args: Parameters<typeof permissionWords>): string[] =>
    permissionWords(...args).map(({ text }) => text);

  it("have one sentence for each scope, and no two are the same", () => {
    const sentences = scopeNames.map((scope) => textsOf([scope], undefined));
    for (const [index, found] of sentences.entries()) assert.equal(found.length, 1, scopeNames[index]);
    assert.equal(new Set(sentences.flat()).size, scopeNames.length);
  });

  it("name the commands that a program may run, and those it may not", () => {
    const commands = { allow: ["test.*", "workbench.action.files.save"], deny: ["test.delete"] };
    assert.deepEqual(textsOf(["commands:run"], commands), [
      "Run editor commands: test.*, workbench.action.files.save, except test.delete",
    ]);
    assert.deepEqual(textsOf(["commands:run"], undefined), ["Run every editor command that your settings allow"]);
    assert.deepEqual(textsOf(["commands:run"], { allow: [] }), ["Run editor commands: none"]);
  });

  it("name the topics of the bus, unless all topics are included", () => {
    assert.deepEqual(textsOf(["bus:publish:build/*"], undefined), [
      "Send messages to other programs over the bus, on build/*",
    ]);
    assert.equal(textsOf(["bus:publish", "bus:publish:build/*"], undefined).length, 1);
  });

  it("leave out what another scope includes", () => {
    assert.equal(textsOf(["events:read", "events:read:own"], undefined).length, 1);
    assert.deepEqual(textsOf(["agents:prompt", "history:read:own"], undefined), [
      "Send prompts to Kiro CLI, which can change files and run programs",
    ]);
  });

  it("put risky permissions first, and call nothing of a viewer risky", () => {
    const risks = permissionWords(roles.operator, undefined).map(({ isRisky }) => isRisky);
    assert.deepEqual(
      risks,
      risks.toSorted((a, b) => Number(b) - Number(a)),
    );
    assert.ok(risks.includes(true) && risks.includes(false));
    assert.ok(permissionWords(roles.viewer, undefined).every(({ isRisky }) => !isRisky));
  });

  it("make one sentence for a notification", () => {
    assert.equal(
      permissionSentence(["status:read", "commands:run"], { allow: ["test.*"] }),
      "run editor commands: test.*; see the status of this window and the list of its commands",
    );
  });

  it("describe each role", () => {
    for (const role of roleNames) assert.ok(roleWords(role).length > 0);
  });
});
