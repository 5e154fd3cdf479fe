import assert from "node:assert/strict";
import { resolve } from "node:path";
import { Emitter } from "../../../../src/base/events.ts";
import { setTerminalEnvironment } from "../../../../src/host/presence/terminalEnvironment.ts";

/** The collection that the editor gives to an extension: persistent until the extension says otherwise. */
class FakeCollection {
  persistent = true;
  description: string | undefined;
  readonly variables = new Map<string, string>();

  replace(name: string, value: string): void {
    this.variables.set(name, value);
  }

  clear(): void {
    this.variables.clear();
  }
}

describe("setTerminalEnvironment", () => {
  const url = "http://127.0.0.1:3001";
  const moved = new Emitter<void>();
  const address = { url, onDidChange: moved.event };
  let collection: FakeCollection;

  beforeEach(() => {
    collection = new FakeCollection();
  });

  it("sets the address and the folder, and nothing else", () => {
    setTerminalEnvironment(collection, { address, folder: resolve("/home/me/.kiro-bridge") });
    assert.deepEqual(Object.fromEntries(collection.variables), {
      KIRO_BRIDGE_URL: url,
      KIRO_BRIDGE_HOME: resolve("/home/me/.kiro-bridge"),
    });
  });

  it("sets an absolute folder, since a terminal may start elsewhere", () => {
    setTerminalEnvironment(collection, { address, folder: "bridges" });
    assert.equal(collection.variables.get("KIRO_BRIDGE_HOME"), resolve("bridges"));
  });

  it("describes the variables, and keeps the editor from restoring them in a later window", () => {
    setTerminalEnvironment(collection, { address, folder: "/home" });
    assert.equal(collection.persistent, false);
    assert.match(collection.description ?? "", /address of the bridge/);
  });

  it("removes the variables when disposed, and sets the new address after a restart", async () => {
    await setTerminalEnvironment(collection, { address, folder: "/home" }).dispose();
    assert.equal(collection.variables.size, 0);
    setTerminalEnvironment(collection, { address: { ...address, url: "http://127.0.0.1:3002" }, folder: "/home" });
    assert.equal(collection.variables.get("KIRO_BRIDGE_URL"), "http://127.0.0.1:3002");
  });

  it("follows an address that moves, until it is disposed", async () => {
    const moving = { url, onDidChange: moved.event };
    const shown = setTerminalEnvironment(collection, { address: moving, folder: "/home" });
    moving.url = "http://127.0.0.1:3002";
    moved.fire();
    assert.equal(collection.variables.get("KIRO_BRIDGE_URL"), "http://127.0.0.1:3002");
    await shown.dispose();
    moved.fire();
    assert.equal(collection.variables.size, 0);
  });

  it("does not set the address again when only the windows have changed, which would mark terminals as outdated", () => {
    setTerminalEnvironment(collection, { address, folder: "/home" });
    collection.clear();
    moved.fire();
    assert.equal(collection.variables.size, 0);
  });
});
