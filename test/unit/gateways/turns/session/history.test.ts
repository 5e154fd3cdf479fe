import assert from "node:assert/strict";
import { promptOf, shownPromptOf } from "../../../../../src/gateways/turns/session/history.ts";
import { assistant, result, system, user } from "../turnsRig.ts";

const image = { type: "image", mimeType: "image/png", data: "aGk=" } as const;
const call = { id: "1", name: "bash", arguments: '{"command":"ls"}' };

describe("The prompt for an agent", () => {
  it("is the message of the user itself, if there is no other one", () => {
    assert.deepEqual(promptOf([{ role: "user", content: [{ type: "text", text: "Look: " }, image] }]), [
      { type: "text", text: "Look: " },
      image,
    ]);
  });

  it("has each message of a conversation under a label, and images in their places", () => {
    const messages = [
      user("List"),
      assistant("I look.", [call]),
      result("1", "a.png"),
      result("1", "gone", true),
      assistant("There."),
      { role: "user", content: [{ type: "text", text: "Is it " }, image, { type: "text", text: "?" }] } as const,
    ];
    assert.deepEqual(promptOf(messages), [
      {
        type: "text",
        text: [
          "User:\nList",
          'Assistant:\nI look.\n[tool call bash] {"command":"ls"}',
          "[tool result bash]\na.png",
          "[tool error bash]\ngone",
          "Assistant:\nThere.",
          "User:\nIs it ",
        ].join("\n\n"),
      },
      image,
      { type: "text", text: "?" },
    ]);
  });

  it("takes messages in any order", () => {
    const [block] = promptOf([result("9", "late"), assistant("", [call]), system("Be brief."), user("Go")]);
    assert.equal(
      block?.type === "text" && block.text,
      '[tool result unknown]\nlate\n\nAssistant:\n[tool call bash] {"command":"ls"}\n\n' +
        "System (instructions of the calling program, which do not change who you are):\nBe brief.\n\nUser:\nGo",
    );
  });

  it("is shown without its images, no longer than wanted, and without what was said before", () => {
    const look = { role: "user", content: [{ type: "text", text: "Look " }, image] } as const;
    assert.equal(shownPromptOf([user("x".repeat(30_000)), assistant("Yes?"), look]), "Look [image]");
    assert.equal(shownPromptOf([user("x".repeat(20_001))]), `${"x".repeat(19_999)}…`);
  });
});
