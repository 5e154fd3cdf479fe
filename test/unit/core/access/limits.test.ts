import assert from "node:assert/strict";
import { defaultLimits, effectiveLimits } from "../../../../src/core/access/limits.ts";
import { owner } from "../../../../src/core/access/principal.ts";
import { principalKinds, principalLimitsSchema } from "../../../../src/protocol/access.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";

describe("effectiveLimits", () => {
  it("sets no limit of its own for the owner", () => {
    assert.ok(Object.values(effectiveLimits(owner)).every((limit) => limit === Infinity));
  });

  it("prefers the limits of the principal to the defaults of its kind", () => {
    const principal = new FakePrincipals().add("ci", { limits: { running: 1, connections: 2 } });
    assert.deepEqual(effectiveLimits(principal), { ...defaultLimits.client, running: 1, connections: 2 });
  });

  it("returns every limit that can be granted, for each kind", () => {
    for (const kind of principalKinds) {
      const names = Object.keys(effectiveLimits({ kind, limits: {} }));
      assert.deepEqual(names.toSorted(), Object.keys(principalLimitsSchema.shape).toSorted());
    }
  });

  it("has defaults that could be granted", () => {
    for (const limits of Object.values(defaultLimits)) {
      if (limits.running !== Infinity) assert.ok(principalLimitsSchema.safeParse(limits).success);
    }
  });
});
