import assert from "node:assert/strict";
import { manifestSharing } from "../../../../../src/plugins/hub/state/manifestSharing.ts";
import { FakeDirectory } from "../../../../support/plugins/fakeDirectory.ts";

describe("Sharing by manifest", () => {
  const directory = new FakeDirectory();
  const rules = manifestSharing(directory);
  const exports = ["endpoints", { name: "issues", version: 2 }];
  const imports = ["shop/endpoints", "jira.issues", { plugin: "other", name: "n", version: "1.2" }, "any", "all/*"];
  directory.add("shop", { stateManagement: { sharing: { exports } } });
  directory.add("reader", { stateManagement: { sharing: { imports } } });
  directory.add("silent", {});
  directory.add("program");

  it("exports what is listed, with its version", () => {
    assert.deepEqual(rules.exportOf("shop", "endpoints")?.version, undefined);
    assert.equal(rules.exportOf("shop", "issues")?.version, "2");
    assert.equal(rules.exportOf("shop", "secrets"), undefined);
    assert.equal(rules.exportOf("silent", "endpoints"), undefined);
  });

  it("imports what is listed of one plugin, or of any", () => {
    const isAllowed = (from: string, name: string): boolean => rules.importOf("reader", from, name) !== undefined;
    assert.ok(isAllowed("shop", "endpoints") && isAllowed("jira", "issues") && isAllowed("other", "n"));
    assert.ok(isAllowed("anyone", "any") && isAllowed("all", "whatever"));
    assert.equal(rules.importOf("reader", "other", "n")?.version, "1.2");
    assert.ok(!isAllowed("shop", "issues") && !isAllowed("jira", "endpoints") && !isAllowed("shop", "*"));
    assert.equal(rules.importOf("silent", "shop", "endpoints"), undefined);
  });

  it("has no lists for a program without a manifest", () => {
    for (const name of ["program", "unknown"]) {
      assert.ok(rules.exportOf(name, "x") && rules.importOf(name, "shop", "endpoints"));
    }
  });
});
