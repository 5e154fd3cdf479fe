import assert from "node:assert/strict";
import { silentLogger } from "../../../../../src/base/logger.ts";
import { manifestSharing } from "../../../../../src/plugins/hub/state/manifestSharing.ts";
import { rememberSharing } from "../../../../../src/plugins/hub/state/sharingMemory.ts";
import { MemoryBackend } from "../../../../../src/plugins/state/store/memoryBackend.ts";
import { FakeDirectory } from "../../../../support/plugins/fakeDirectory.ts";
import { until } from "../../../../support/until.ts";

class TestBackend extends MemoryBackend {
  writes = 0;
  fails = false;

  override async read(name: string): ReturnType<MemoryBackend["read"]> {
    if (this.fails) throw new Error("unreadable");
    return await super.read(name);
  }

  override async write(...[name, document, revision]: Parameters<MemoryBackend["write"]>): Promise<boolean> {
    const isWritten = await super.write(name, document, revision);
    this.writes += 1;
    return isWritten;
  }
}

describe("Sharing by manifest", () => {
  const directory = new FakeDirectory();
  const rules = manifestSharing(directory, new MemoryBackend());
  const exports = ["endpoints", { name: "issues", version: 2 }];
  const imports = ["shop/endpoints", "jira.issues", { plugin: "other", name: "n", version: "1.2" }, "any", "all/*"];
  directory.add("shop", { stateManagement: { sharing: { exports } } });
  directory.add("reader", { stateManagement: { sharing: { imports } } });
  directory.add("silent", {});
  directory.add("program");

  it("exports what is listed, with its version", async () => {
    assert.deepEqual((await rules.exportOf("shop", "endpoints"))?.version, undefined);
    assert.equal((await rules.exportOf("shop", "issues"))?.version, "2");
    assert.equal(await rules.exportOf("shop", "secrets"), undefined);
    assert.equal(await rules.exportOf("silent", "endpoints"), undefined);
  });

  it("imports what is listed of one plugin, or of any", async () => {
    const isAllowed = async (from: string, name: string): Promise<boolean> =>
      (await rules.importOf("reader", from, name)) !== undefined;
    for (const state of ["shop/endpoints", "jira/issues", "other/n", "anyone/any", "all/whatever"] as const) {
      const [from = "", name = ""] = state.split("/");
      assert.ok(await isAllowed(from, name), state);
    }
    assert.equal((await rules.importOf("reader", "other", "n"))?.version, "1.2");
    assert.ok(!(await isAllowed("shop", "issues")) && !(await isAllowed("jira", "endpoints")));
    assert.ok(!(await isAllowed("shop", "*")));
    assert.equal(await rules.importOf("silent", "shop", "endpoints"), undefined);
  });

  it("has no lists for a program without a manifest", async () => {
    for (const name of ["program", "unknown"]) {
      assert.ok((await rules.exportOf(name, "x")) && (await rules.importOf(name, "shop", "endpoints")));
    }
  });

  describe("when no window has announced the plugin yet", () => {
    const nobody = new FakeDirectory();
    let known: FakeDirectory;
    let backend: TestBackend;

    beforeEach(() => {
      known = new FakeDirectory();
      backend = new TestBackend();
      rememberSharing({ directory: known, backend, logger: silentLogger });
    });

    const isShared = async (plugin: string, name: string): Promise<boolean> => {
      const later = manifestSharing(nobody, backend);
      const exported = await later.exportOf(plugin, name);
      return exported !== undefined && (await later.importOf(plugin, "shop", name)) !== undefined;
    };

    it("has the lists of its last manifest, also of one that lists nothing", async () => {
      known.add("shop", { stateManagement: { sharing: { exports: ["old"], imports: ["old"] } } });
      known.add("silent", {});
      await until(() => backend.writes === 2);
      known.remove("shop");
      known.add("shop", { stateManagement: { sharing: { exports: ["endpoints"], imports: ["endpoints"] } } });
      await until(() => backend.writes === 3);
      known.remove("shop");
      assert.ok(await isShared("shop", "endpoints"));
      for (const [plugin, name] of [
        ["shop", "old"],
        ["shop", "secrets"],
        ["silent", "endpoints"],
      ] as const)
        assert.ok(!(await isShared(plugin, name)), name);
    });

    it("has none for a program that never had a manifest, or whose manifest nobody has approved", async () => {
      known.add("program");
      known.add("unapproved", {}, { state: "unapproved" });
      known.add("last", {});
      await until(() => backend.writes === 1);
      for (const name of ["program", "unapproved"]) assert.ok(await isShared(name, "x"));
    });

    it("shares nothing by lists that cannot be read", async () => {
      await backend.write("shop.sharing", { exports: "all" }, undefined);
      assert.ok(!(await isShared("shop", "endpoints")));
      backend.fails = true;
      await assert.rejects(isShared("shop", "endpoints"), /unreadable/);
    });
  });
});
