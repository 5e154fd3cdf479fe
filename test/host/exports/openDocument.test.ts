import assert from "node:assert/strict";
import * as vscode from "vscode";
import { openDocument } from "../../../src/host/dashboard/openDocument.ts";
import { eventually } from "../../support/editor/deadline.ts";
import { activeExtension } from "../support.ts";

describe("The guide to exports", () => {
  it("is in the package, and is shown as a preview", async () => {
    const { extensionUri } = await activeExtension();
    const guide = vscode.Uri.joinPath(extensionUri, "dist", "documents", "exports.md");
    assert.match(new TextDecoder().decode(await vscode.workspace.fs.readFile(guide)), /^# Exports\n/);
    await openDocument("exports.md");
    const look = async () => {
      const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
      return await Promise.resolve(tabs.find(({ label }) => /exports\.md/i.test(label)));
    };
    const tab = await eventually(look, { what: "exports.md to be shown", deadlineMs: 60_000 });
    assert.ok(tab.input instanceof vscode.TabInputWebview, tab.label);
    await vscode.window.tabGroups.close(tab);
  });
});
