import assert from "node:assert/strict";
import type { ExecutionRow } from "../../../../src/dashboard/contract/dashboard.ts";
import {
  ALL,
  chosenWindow,
  otherLabels,
  OWN,
  shownRows,
  windowLabels,
} from "../../../../src/dashboard/state/windowChoice.ts";
import { windowView } from "../../../support/dashboard/windowViews.ts";

const two = { ownWindowId: "shop", windows: [windowView("docs"), windowView("shop")] };

function row(id: string, windowId: string): ExecutionRow {
  return { id, windowId, command: "echo", args: [], status: "running", startedAt: "2026-01-01T00:00:00Z", output: "" };
}

describe("The choice of windows", () => {
  it("is one window or all, and all while there is no other one", () => {
    assert.equal(chosenWindow(ALL, two), undefined);
    assert.equal(chosenWindow(OWN, two), "shop");
    assert.equal(chosenWindow("docs", two), "docs");
    assert.equal(chosenWindow(OWN, { ...two, windows: [windowView("shop")] }), undefined);
    assert.equal(chosenWindow(OWN, undefined), undefined);
  });

  it("is all when the chosen window has left", () => {
    assert.equal(chosenWindow("gone", two), undefined);
  });

  it("shows the rows of the chosen window, or all with those of the own one first", () => {
    const rows = [row("1", "docs"), row("2", "shop"), row("3", "docs"), row("4", "shop")];
    const ids = (shown: readonly ExecutionRow[]) => shown.map(({ id }) => id).join();
    assert.equal(ids(shownRows(rows, undefined, "shop")), "2,4,1,3");
    assert.equal(ids(shownRows(rows, "docs", "shop")), "1,3");
    const own = [row("1", "shop")];
    assert.equal(shownRows(own, undefined, "shop"), own);
  });
});

describe("The labels of windows", () => {
  const names = (...windows: ReturnType<typeof windowView>[]) =>
    [...windowLabels({ windows }).values()].map(({ name }) => name);

  it("are their folders, or the editor of one without a folder", () => {
    assert.deepEqual(
      names(
        windowView("1", { workspaceFolders: ["/home/ada/shop/"] }),
        windowView("2", { workspaceFolders: ["C:\\work\\docs", "C:\\work\\api", "C:\\work\\more"] }),
        windowView("3", { workspaceFolders: [], editor: "Kiro" }),
        windowView("4", { workspaceFolders: ["/"] }),
      ),
      ["shop", "docs, api, …", "Kiro without a folder", "/"],
    );
  });

  it("have the editor, and then the process, where the folders are the same", () => {
    const same = { workspaceFolders: ["/home/ada/shop"] };
    assert.deepEqual(
      names(windowView("1", { ...same, editor: "Code" }), windowView("2", { ...same, editor: "Kiro" })),
      ["shop (Code)", "shop (Kiro)"],
    );
    assert.deepEqual(names(windowView("1", { ...same, pid: 7 }), windowView("2", { ...same, pid: 8 })), [
      "shop (Code) (process 7)",
      "shop (Code) (process 8)",
    ]);
  });

  it("mark windows that do not respond, and leave out the own one", () => {
    const state = { ...two, windows: [windowView("docs", { state: "not-responding" }), windowView("shop")] };
    assert.deepEqual([...otherLabels(state)], [["docs", { name: "docs", isResponding: false }]]);
    assert.equal(otherLabels(state), otherLabels(state));
  });
});
