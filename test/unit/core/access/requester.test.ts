import assert from "node:assert/strict";
import { editorUser, owner, type Via } from "../../../../src/core/access/principal.ts";
import { requesterOf } from "../../../../src/core/access/requester.ts";

describe("The requester of an execution", () => {
  it("names the gateway that its client speaks to, and no other entry point", () => {
    const entries: readonly Via[] = ["http", "websocket", "sse", "terminal", "openai", "anthropic", "mcp"];
    assert.deepEqual(
      entries.map((via) => requesterOf({ principal: owner, via }).via),
      [undefined, undefined, undefined, undefined, "openai", "anthropic", "mcp"],
    );
    const { origin, via } = requesterOf(editorUser);
    assert.deepEqual([origin, via], ["editor", undefined]);
  });
});
