import assert from "node:assert/strict";
import { resolve } from "node:path";
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
  let collection: FakeCollection;

  beforeEach(() => {
    collection = new FakeCollection();
  });

  it("sets the address and the folder, and nothing else", () => {
    setTerminalEnvironment(collection, { url, folder: resolve("/home/me/.kiro-bridge") });
    assert.deepEqual(Object.fromEntries(collection.variables), {
      KIRO_BRIDGE_URL: url,
      KIRO_BRIDGE_HOME: resolve("/home/me/.kiro-bridge"),
    });
  });

  it("sets an absolute folder, since a terminal may start elsewhere", () => {
    setTerminalEnvironment(collection, { url, folder: "bridges" });
    assert.equal(collection.variables.get("KIRO_BRIDGE_HOME"), resolve("bridges"));
  });

  it("describes the variables, and keeps the editor from restoring them in a later window", () => {
    setTerminalEnvironment(collection, { url, folder: "/home" });
    assert.equal(collection.persistent, false);
    assert.match(collection.description ?? "", /address of the bridge/);
  });

  it("removes the variables when disposed, and sets the new address after a restart", async () => {
    await setTerminalEnvironment(collection, { url, folder: "/home" }).dispose();
    assert.equal(collection.variables.size, 0);
    setTerminalEnvironment(collection, { url: "http://127.0.0.1:3002", folder: "/home" });
    assert.equal(collection.variables.get("KIRO_BRIDGE_URL"), "http://127.0.0.1:3002");
  });
});
