import assert from "node:assert/strict";
import { noticeRequestsElsewhere } from "../../../../src/host/access/requestsElsewhere.ts";
import { FakeAddress, listing } from "../../../support/fakeAddress.ts";

describe("A program that asks another window for access", () => {
  const window = { describe: () => ({ id: "own" }) };
  let told: number;

  beforeEach(() => {
    told = 0;
  });

  function follow(fields: ConstructorParameters<typeof FakeAddress>[0]): FakeAddress {
    const address = new FakeAddress({ role: "member", ...fields });
    noticeRequestsElsewhere({ address, window }, () => told++);
    return address;
  }

  it("is told in the window that had the focus last, once for each request", () => {
    const address = follow({ windows: [listing("own", { focused: true }), listing("b", { owner: true })] });
    const counts: number[] = [];
    for (const accessRequests of [1, 1, 2, 1, 0, 1]) {
      address.become({ accessRequests });
      counts.push(told);
    }
    assert.deepEqual(counts, [1, 1, 2, 2, 2, 3]);
  });

  it("is told by a window that joins while it waits", () => {
    follow({ accessRequests: 1, windows: [listing("own", { focused: true })] });
    assert.equal(told, 1);
  });

  it("is not told in any other window", () => {
    const address = follow({ windows: [listing("own"), listing("b", { focused: true, owner: true })] });
    address.become({ accessRequests: 1 });
    assert.equal(told, 0);
  });
});
