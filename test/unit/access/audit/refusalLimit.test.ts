import assert from "node:assert/strict";
import { RefusalLimit } from "../../../../src/access/audit/refusalLimit.ts";
import type { RequestRefused } from "../../../../src/core/access/audit.ts";
import { owner, type Principal } from "../../../../src/core/access/principal.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";

function refused(by?: Principal, code: "ACCESS_DENIED" | "RATE_LIMIT_EXCEEDED" = "ACCESS_DENIED"): RequestRefused {
  return { kind: "request-refused", via: "http", what: "GET /", by, error: new BridgeError(code) };
}

describe("The limit of entries for rejected requests", () => {
  it("is per error code and principal, so that a flood of one does not hide another", () => {
    const limit = new RefusalLimit();
    for (let at = 0; at < 1000; at++) limit.admit(refused(), 0);
    assert.equal(limit.admit(refused(), 0), false);
    assert.equal(limit.admit(refused(undefined, "RATE_LIMIT_EXCEEDED"), 0), true);
    assert.equal(limit.admit(refused(owner), 0), true);
    assert.deepEqual(limit.next(), [{ code: "ACCESS_DENIED", by: undefined, count: 981 }]);
  });

  it("begins again after a minute", () => {
    const limit = new RefusalLimit();
    for (let at = 0; at < 30; at++) limit.admit(refused(), 1000);
    assert.equal(limit.remainingMs(11_000), 50_000);
    limit.next();
    assert.equal(limit.admit(refused(), 62_000), true);
    assert.equal(limit.remainingMs(62_000), 60_000);
    assert.deepEqual(limit.next(), []);
  });

  it("is shared by principals beyond the first hundred, so that inventing them does not help", () => {
    const limit = new RefusalLimit();
    let admitted = 0;
    for (let at = 0; at < 10_000; at++) if (limit.admit(refused({ ...owner, id: `p${at}` }), 0)) admitted++;
    assert.equal(admitted, 120);
    assert.deepEqual(limit.next(), [{ code: "ACCESS_DENIED", by: undefined, count: 9880 }]);
  });
});
