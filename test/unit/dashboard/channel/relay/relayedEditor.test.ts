import assert from "node:assert/strict";
import { RelayedEditor } from "../../../../../src/dashboard/channel/relay/relayedEditor.ts";
import { BridgeError } from "../../../../../src/protocol/errors.ts";

describe("RelayedEditor", () => {
  it("settles each action with its own outcome", async () => {
    const sent: unknown[] = [];
    const editor = new RelayedEditor((message) => sent.push(message));
    const sure = editor.confirm({ kind: "remove-dead-letter" });
    const copied = editor.copy("text", "output");
    assert.deepEqual(sent, [
      {
        kind: "act",
        id: 1,
        action: "confirm",
        params: ["Remove this message?", "It cannot be sent again.", "Remove"],
      },
      { kind: "act", id: 2, action: "copy", params: ["text", "Output copied to the clipboard."] },
    ]);
    const error = { ...new BridgeError("CONFLICT", "Not now.").toBody(), executionId: undefined, context: undefined };
    editor.receive({ kind: "failed", id: 2, error });
    editor.receive({ kind: "done", id: 1, result: true });
    assert.equal(await sure, true);
    await assert.rejects(copied, { code: "CONFLICT", message: "Not now." });
  });

  it("takes only true for an agreement", async () => {
    const editor = new RelayedEditor(() => undefined);
    const sure = editor.confirmClearHistory();
    editor.receive({ kind: "done", id: 1, result: "yes" });
    assert.equal(await sure, false);
  });

  it("rejects an action that cannot be sent", async () => {
    const editor = new RelayedEditor(() => {
      throw new BridgeError("PAYLOAD_TOO_LARGE");
    });
    await assert.rejects(editor.openText("text", "markdown"), { code: "PAYLOAD_TOO_LARGE" });
  });

  it("rejects pending and later actions when its window is gone", async () => {
    const editor = new RelayedEditor(() => undefined);
    const opening = editor.openText("text", "markdown");
    editor.close();
    await assert.rejects(opening, { code: "KIRO_UNAVAILABLE" });
    await assert.rejects(editor.copy("text", "text"), { code: "KIRO_UNAVAILABLE" });
  });
});
