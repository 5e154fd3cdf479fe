import assert from "node:assert/strict";
import type { DashboardState } from "../../../../../src/dashboard/contract/dashboard.ts";
import { sharingWords } from "../../../../../src/dashboard/page/windows/sharingWords.ts";
import { windowView } from "../../../../support/dashboard/windowViews.ts";

const shop = windowView("shop");
const docs = windowView("docs", { state: "not-responding" });
const api = windowView("api");

function state(change: Partial<DashboardState> = {}): DashboardState {
  const server = { kind: "on", url: "http://127.0.0.1:3001" } as const;
  return { server, isTrusted: true, version: "1", ownWindowId: "shop", windows: [shop], ...change };
}

describe("sharingWords", () => {
  it("names the address and the number of other windows", () => {
    assert.equal(sharingWords(state()), undefined);
    assert.equal(sharingWords(state({ windows: [] })), undefined);
    assert.equal(sharingWords(state({ windows: [shop, api] })), "Shares 127.0.0.1:3001 with 1 other window.");
    assert.equal(sharingWords(state({ windows: [shop, api], server: { kind: "off" } })), undefined);
  });

  it("names the windows that do not respond", () => {
    assert.equal(
      sharingWords(state({ windows: [shop, api, docs] })),
      "Shares 127.0.0.1:3001 with 2 other windows. docs is not responding.",
    );
  });

  it("explains that the window with the address is being sought", () => {
    assert.equal(sharingWords(state({ isReconnecting: true })), "Reconnecting to the window that has the address…");
  });
});
