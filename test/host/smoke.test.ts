import assert from "node:assert/strict";
import { activeExtension, askHealth, waitForBridge } from "./support.ts";

describe("The extension in a real editor", () => {
  it("is installed and becomes active", async () => {
    assert.equal((await activeExtension()).isActive, true);
  });

  it("starts a bridge: the discovery file names a healthy one", async () => {
    const bridge = await waitForBridge();
    assert.equal(await askHealth(bridge.url), "healthy");
  });
});
