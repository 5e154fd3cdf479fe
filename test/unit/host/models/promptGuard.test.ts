import assert from "node:assert/strict";
import type { Confirmation } from "../../../../src/host/status/messages.ts";
import { assertFromUser } from "../../../../src/host/models/offer/promptGuard.ts";
import { modelClasses } from "./fakeModelsApi.ts";

const { LanguageModelChatMessage: ChatMessage, LanguageModelToolResultPart: ResultPart } = modelClasses;
const prompt = ChatMessage.User("Delete everything");
const results = ChatMessage.User([new ResultPart("c1", [])]);

describe("A prompt of the editor's chat", () => {
  async function send(messages: readonly (typeof prompt)[], command: string | undefined, isWanted = true) {
    const asked: Confirmation[] = [];
    const confirm = async (question: Confirmation) => {
      asked.push(question);
      return isWanted;
    };
    const sent = assertFromUser({ api: modelClasses, latestOutsideCommand: () => command, confirm }, messages);
    return { sent, asked };
  }

  it("is sent without a question while no program runs commands in the editor", async () => {
    const { sent, asked } = await send([prompt], undefined);
    await sent;
    assert.deepEqual(asked, []);
  });

  it("is asked about if a program may have caused it, in a dialog that a key pressed by chance does not answer", async () => {
    const { sent, asked } = await send([prompt], "workbench.action.chat.open");
    await sent;
    assert.equal(asked.length, 1);
    assert.equal(asked[0]?.isUnexpected, true);
    assert.match(String(asked[0]?.detail), /workbench\.action\.chat\.open/);
  });

  it("is refused if the user has not sent it", async () => {
    const { sent } = await send([prompt], "workbench.action.chat.open", false);
    await assert.rejects(sent, { code: "ACCESS_DENIED" });
  });

  it("goes on with results of tools without a question, but not with another prompt after them", async () => {
    const continued = await send([prompt, results], "kiro.editor.context");
    await continued.sent;
    assert.deepEqual(continued.asked, []);
    const added = await send([prompt, results, prompt], "kiro.editor.context", false);
    await assert.rejects(added.sent, { code: "ACCESS_DENIED" });
  });
});
