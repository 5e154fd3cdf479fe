import assert from "node:assert/strict";
import { TokenStore } from "../../../../../src/dashboard/page/browser/tokenStore.ts";
import { MemoryTexts } from "../../../../support/dashboard/keptTexts.ts";

describe("TokenStore", () => {
  let tab: MemoryTexts;
  let browser: MemoryTexts;
  let store: TokenStore;

  beforeEach(() => {
    tab = new MemoryTexts();
    browser = new MemoryTexts();
    store = new TokenStore(tab, browser);
  });

  it("keeps the token in the tab alone, or for all tabs", () => {
    store.keep("one", false);
    assert.equal(store.token, "one");
    assert.equal(new TokenStore(new MemoryTexts(), browser).token, undefined);
    store.keep("two", true);
    assert.equal(new TokenStore(new MemoryTexts(), browser).token, "two");
    assert.equal(JSON.stringify([...tab.texts]), "[]", "there is one token");
  });

  it("forgets everything that came with the token", () => {
    store.keep("one", true);
    store.pairing = { location: "api/kiro/pair/x", code: "AAAA-BBBB", expiresAt: "2030-01-01T00:00:00Z", keep: false };
    store.saveState({ rows: ["secret"] });
    store.forget();
    assert.deepEqual([...tab.texts, ...browser.texts], []);
    assert.equal(store.token, undefined);
    assert.equal(store.pairing, undefined);
    assert.equal(store.state, undefined);
  });

  it("takes nothing that it has not written, and no state that is too large", () => {
    tab.setItem("kiro-bridge-pairing", '{"location":7}');
    assert.equal(store.pairing, undefined);
    tab.setItem("kiro-bridge-dashboard", "{");
    assert.equal(store.state, undefined);
    store.saveState("a");
    tab.maxLength = 10;
    store.saveState("x".repeat(11));
    assert.equal(store.state, undefined, "not an older one either");
  });
});
