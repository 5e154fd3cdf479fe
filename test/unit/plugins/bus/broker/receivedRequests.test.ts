import assert from "node:assert/strict";
import { ReceivedRequests } from "../../../../../src/plugins/bus/broker/receivedRequests.ts";
import type { ReplyPort } from "../../../../../src/plugins/bus/transport.ts";
import { hasCode } from "../../../../support/plugins/busUnderTest.ts";

class FakePort implements ReplyPort {
  readonly signal = new AbortController().signal;
  isOpen = true;
  isAbandoned = false;

  respond(): undefined {
    this.isOpen = false;
  }

  progress(): undefined {
    return undefined;
  }

  abandon(): void {
    this.isAbandoned = true;
    this.isOpen = false;
  }
}

describe("The requests that a participant received", () => {
  it("can be answered by it once", () => {
    const requests = new ReceivedRequests();
    const port = new FakePort();
    requests.add("a", port);
    assert.equal(requests.find("a"), port);
    assert.throws(() => requests.find("b"), hasCode("ACCESS_DENIED"));
    requests.close("a");
    assert.throws(() => requests.find("a"), hasCode("CONFLICT"));
  });

  it("can be answered by any of the subscriptions that received it", () => {
    const requests = new ReceivedRequests();
    const ports = [new FakePort(), new FakePort()];
    for (const port of ports) requests.add("a", port);
    ports[0]?.abandon();
    assert.equal(requests.find("a"), ports[1]);
    requests.abandonAll();
    assert.ok(ports.every(({ isAbandoned }) => isAbandoned));
  });

  it("keep one that takes long, however many end in the meantime", () => {
    const requests = new ReceivedRequests();
    const long = new FakePort();
    requests.add("long", long);
    for (let number = 0; number < 50_000; number++) {
      const port = new FakePort();
      requests.add(`${number}`, port);
      // Every other one is answered; the others time out.
      if (number % 2 === 0) requests.close(`${number}`);
      port.isOpen = false;
    }
    assert.equal(requests.find("long"), long);
    assert.throws(() => requests.find("1"), hasCode("ACCESS_DENIED"));
  });

  it("are bounded: the oldest of far too many that nobody answers is abandoned", () => {
    const requests = new ReceivedRequests();
    const ports = Array.from({ length: 10_001 }, () => new FakePort());
    for (const [number, port] of ports.entries()) requests.add(`${number}`, port);
    assert.deepEqual([ports[0]?.isAbandoned, ports[1]?.isAbandoned], [true, false]);
    assert.equal(requests.find("10000"), ports[10_000]);
  });
});
