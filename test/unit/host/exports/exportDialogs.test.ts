import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ExportDialogsDeps } from "../../../../src/host/exports/exportDialogs.ts";
import { replayDeadLetters, setExportSecret, testExport } from "../../../../src/host/exports/hostExportsLibrary.ts";
import { editorSecrets } from "../../../../src/host/secrets/editorSecrets.ts";
import { FakeExports } from "../../../support/exports/fakeExports.ts";
import { isBridgeError } from "../../../../src/protocol/errors.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { ScriptedDialogs, type Step } from "../models/scriptedDialogs.ts";
import { FakeSecrets } from "../../hosting/tokens/fakeSecrets.ts";

const isError = (code: string) => (error: unknown) => isBridgeError(error) && error.code === code;
const letter = { id: "l", at: "2026-11-20T09:00:00.000Z", reason: "Too large.", eventType: "command-completed" };

describe("The commands for destinations of exports", () => {
  let dialogs: ScriptedDialogs;
  let exported: FakeExports;
  let secrets: ReturnType<typeof editorSecrets>;
  let file: string | undefined;

  beforeEach(() => {
    exported = new FakeExports();
    exported.apply([
      { name: "archive", kind: "s3" },
      { name: "hooks", kind: "webhook", enabled: false },
    ]);
    secrets = editorSecrets(new FakeSecrets(), "exports.");
    file = undefined;
  });

  const depsOf = (...script: Step[]): ExportDialogsDeps => {
    dialogs = new ScriptedDialogs(script);
    return {
      dialogs,
      configured: () => exported.list().destinations,
      control: () => exported,
      secrets,
      selectFile: () => Promise.resolve(file),
    };
  };

  it("store a secret that is entered hidden, and remove it", async () => {
    const enter = [{ pick: "hooks" }, { pick: "Enter it" }, { enter: "" }, { enter: " whsec_canary " }];
    await setExportSecret(depsOf(...enter), undefined);
    assert.equal(await secrets.read("hooks"), "whsec_canary");
    assert.deepEqual([dialogs.hidden, dialogs.refusals], [[true], ["Enter the secret."]]);
    assert.doesNotMatch(dialogs.shown.join(), /canary/);
    await setExportSecret(depsOf({ pick: "Remove the stored secret" }), "hooks");
    assert.equal(await secrets.read("hooks"), undefined);
    await setExportSecret(depsOf({ pick: "archive" }, "leave"), undefined);
    assert.deepEqual(dialogs.offered[1], ["Enter it", "Read it from a file…"]);
    assert.deepEqual(dialogs.closing, ["Select the destination"]);
  });

  it("store the content of a file, which may not be empty or too large", async () => {
    const folder = await temporaryFolder();
    try {
      file = join(folder, "account.json");
      await writeFile(file, '{"type":"service_account"}\n');
      await setExportSecret(depsOf({ pick: "Read it from a file…" }), "archive");
      assert.equal(await secrets.read("archive"), '{"type":"service_account"}');
      for (const text of [" \n", "x".repeat(40_000)]) {
        await writeFile(file, text);
        await assert.rejects(
          setExportSecret(depsOf({ pick: "Read it from a file…" }), "archive"),
          isError("VALIDATION_FAILED"),
        );
      }
      file = undefined;
      await setExportSecret(depsOf({ pick: "Read it from a file…" }), "archive");
      assert.equal(await secrets.read("archive"), '{"type":"service_account"}');
    } finally {
      await removeFolder(folder);
    }
  });

  it("test a destination that is in use, and say what its answer proves, or what is wrong", async () => {
    await testExport(depsOf({ pick: "archive" }), undefined);
    assert.deepEqual(dialogs.offered[0], ["archive"]);
    assert.match(dialogs.shown.at(-1) ?? "", /^Kiro Bridge: archive has stored the test item\. Stored\.$/);
    const message = "The key is wrong.";
    exported.onTest = () =>
      Promise.resolve({ success: false, message, error: { kind: "blocked", message }, elapsedMs: 1, windowId: "w" });
    await testExport(depsOf(), "archive");
    assert.match(dialogs.shown.at(-1) ?? "", /^Kiro Bridge: The test of archive has failed\. The key is wrong\.$/);
    await assert.rejects(testExport(depsOf(), "hooks"), isError("NOT_FOUND"));
  });

  it("end a test that the user cancels, without another message", async () => {
    exported.onTest = (_name, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    const deps = depsOf();
    dialogs.onProgress = (cancel) => queueMicrotask(cancel);
    await testExport(deps, "archive");
    assert.doesNotMatch(dialogs.shown.join("\n"), /failed|aborted/);
  });

  it("send dead letters again, of destinations that have some", async () => {
    await assert.rejects(replayDeadLetters(depsOf(), undefined), isError("NOT_FOUND"));
    exported.deadLetterList.push(letter, letter);
    await replayDeadLetters(depsOf({ pick: "archive" }), undefined);
    assert.equal(exported.deadLetterList.length, 0);
    assert.match(dialogs.shown.at(-1) ?? "", /2 dead letters of archive are sent again/);
  });
});
