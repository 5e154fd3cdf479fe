import assert from "node:assert/strict";
import { SessionKeys } from "../../../../../src/gateways/turns/session/sessionKeys.ts";
import { windowTag, windowTagIn } from "../../../../../src/gateways/turns/windowIds.ts";

describe("SessionKeys", () => {
  const keys = new SessionKeys("window-1");
  const position = { sessionId: "ä session", turn: 3 };

  it("reads its own keys", () => {
    assert.deepEqual(keys.read("alice", keys.keyOf("alice", position)), position);
  });

  it("names the window, by which a request finds it", () => {
    assert.equal(windowTagIn(keys.keyOf("alice", position)), windowTag("window-1"));
  });

  it("reads no key of another principal, of another process, or with a change", () => {
    const key = keys.keyOf("alice", position);
    assert.equal(keys.read("bob", key), undefined);
    assert.equal(new SessionKeys("window-1").read("alice", key), undefined);
    const [tag = "", body = ""] = key.split(".");
    const changed = Buffer.from(body, "base64url").toString().replace(",3,", ",4,");
    assert.equal(keys.read("alice", `${tag}.${Buffer.from(changed).toString("base64url")}`), undefined);
  });

  it("reads nothing in other texts", () => {
    const tag = windowTag("window-1");
    const texts = ["", "x", `${tag}.`, `${tag}.bnVsbA`, `${tag}.${"A".repeat(100_000)}`];
    for (const text of texts) assert.equal(keys.read("alice", text), undefined);
  });
});
