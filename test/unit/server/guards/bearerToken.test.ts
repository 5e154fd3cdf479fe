import assert from "node:assert/strict";
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { BearerToken } from "../../../../src/server/guards/bearerToken.ts";

describe("BearerToken", () => {
  const { timingSafeEqual } = crypto;

  afterEach(() => {
    crypto.timingSafeEqual = timingSafeEqual;
    syncBuiltinESMExports();
  });

  it("compares in constant time", () => {
    const compared: string[] = [];
    crypto.timingSafeEqual = (a, b) => {
      compared.push(Buffer.from(a as Uint8Array).toString());
      return timingSafeEqual(a, b);
    };
    syncBuiltinESMExports();
    const token = new BearerToken("token-of-this-length");
    const right = "token-of-this-length";
    for (const wrong of ["xoken-of-this-length", "token-of-this-lengtx"]) assert.equal(token.accepts(wrong), false);
    assert.equal(token.accepts(right), true);
    assert.deepEqual(compared, ["xoken-of-this-length", "token-of-this-lengtx", right]);
  });
});
