import assert from "node:assert/strict";
import {
  addressSchema,
  commonSchema,
  type ExportFilter,
  filterOf,
} from "../../../../src/exports/delivery/commonSettings.ts";
import type { Fact } from "../../../../src/exports/outbox/fact.ts";
import { endFactOf, factOf } from "../../../support/exports/facts.ts";

describe("The settings of each destination", () => {
  it("send no content, and everything else, unless they say so", () => {
    assert.deepEqual(commonSchema.parse({ name: "a" }), {
      name: "a",
      enabled: true,
      content: "none",
      filter: { targets: [], commands: [], statuses: [], principals: [], windows: [] },
    });
    for (const wrong of [{ name: "A" }, { name: "a", content: "some" }, { name: "a", filter: { users: [] } }])
      assert.equal(commonSchema.safeParse(wrong).success, false, JSON.stringify(wrong));
  });

  it("take addresses of HTTP only, without a login", () => {
    for (const right of ["https://example.com/@me", "http://127.0.0.1:9000"])
      assert.equal(addressSchema.parse(right), right);
    for (const wrong of [
      "ftp://a/",
      "example.com",
      "https://u@a/",
      "https://u:p@a/",
      "https:u:p@a/",
      "https:\\\\u:p@a/",
      "https:///",
    ])
      assert.equal(addressSchema.safeParse(wrong).success, false, wrong);
  });
});

describe("The filter of a destination", () => {
  const passes = (filter: Partial<ExportFilter>, fact: Fact) =>
    filterOf({ ...commonSchema.parse({ name: "a" }).filter, ...filter })(fact);
  const end = endFactOf("e1", 3, {
    status: "failed",
    target: "kiro",
    command: "kiro.cli.chat",
    principalId: "client-1",
  });
  const ofNoRun = factOf({ type: "status-changed", status: "busy" });

  it("lets everything pass when it is empty", () => {
    assert.equal(passes({}, end), true);
    assert.equal(passes({}, ofNoRun), true);
  });

  it("compares targets, commands, principals and windows with patterns", () => {
    assert.equal(passes({ targets: ["editor", "kir*"] }, end), true);
    assert.equal(passes({ targets: ["editor"] }, end), false);
    assert.equal(passes({ commands: ["kiro.cli.*"] }, end), true);
    assert.equal(passes({ commands: ["kiro.cli"] }, end), false);
    assert.equal(passes({ principals: ["client-*"] }, end), true);
    assert.equal(passes({ principals: ["owner"] }, end), false);
    assert.equal(passes({ windows: ["w1"] }, end), true);
    assert.equal(passes({ windows: ["w2"] }, end), false);
    assert.equal(passes({ targets: ["kiro"], commands: ["other"] }, end), false);
  });

  it("compares statuses", () => {
    assert.equal(passes({ statuses: ["failed", "cancelled"] }, end), true);
    assert.equal(passes({ statuses: ["completed"] }, end), false);
  });

  it("lets nothing pass that lacks what it asks for", () => {
    const restricted: readonly Partial<ExportFilter>[] = [
      { targets: ["*"] },
      { commands: ["*"] },
      { principals: ["*"] },
      { statuses: ["failed"] },
    ];
    for (const filter of restricted) assert.equal(passes(filter, ofNoRun), false, JSON.stringify(filter));
  });
});
