import assert from "node:assert/strict";
import * as vscode from "vscode";
import { openReadme } from "../../../src/host/dashboard/openReadme.ts";
import { eventually } from "../../support/editor/deadline.ts";
import { activeExtension } from "../support.ts";

describe("The guide to exports", () => {
  it("is shown as a preview, whatever the case of the file's name in the package", async () => {
    await activeExtension();
    await openReadme("exports");
    const look = async () => {
      const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
      return await Promise.resolve(tabs.find(({ label }) => /README\.md/i.test(label)));
    };
    const tab = await eventually(look, { what: "README.md to be shown", deadlineMs: 60_000 });
    assert.ok(tab.input instanceof vscode.TabInputWebview, tab.label);
    await vscode.window.tabGroups.close(tab);
  });
});
