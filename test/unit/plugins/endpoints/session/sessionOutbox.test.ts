import assert from "node:assert/strict";
import type { FrameSink } from "../../../../../src/plugins/endpoints/session/frameSink.ts";
import { SessionOutbox } from "../../../../../src/plugins/endpoints/session/sessionOutbox.ts";

const MiB = 1024 * 1024;

/** A connection that is read when the test says so. */
class FakeSink implements FrameSink {
  readonly sent: number[] = [];
  waitingBytes = 0;
  #drained: (() => void) | undefined;

  send(text: string, _type: string, number: number): void {
    this.sent.push(number);
    this.waitingBytes += text.length;
  }

  onceDrained(listener: () => void): void {
    this.#drained = listener;
  }

  read(): void {
    this.waitingBytes = 0;
    this.#drained?.();
  }
}

describe("The frames of a session of the bus", () => {
  let overflows: number;
  let outbox: SessionOutbox;
  let sink: FakeSink;

  beforeEach(() => {
    overflows = 0;
    outbox = new SessionOutbox(() => overflows++);
    sink = new FakeSink();
  });

  const frame = (size = 10) => ({ id: null, result: "x".repeat(size) });
  const attach = (received = 0): number => {
    let gone = -1;
    outbox.attach(sink, received, (missed) => (gone = missed));
    return gone;
  };

  it("are numbered, kept without a connection, and sent to the next one", () => {
    for (let n = 0; n < 3; n++) outbox.push(frame());
    assert.equal(attach(), 0);
    outbox.push(frame());
    assert.deepEqual(sink.sent, [1, 2, 3, 4]);
  });

  it("wait for a connection, and until it is read, if they are deliveries", () => {
    const acts: string[] = [];
    outbox.whenRoom(() => acts.push("first"));
    assert.equal(acts.length, 0);
    attach();
    assert.equal(acts.join(), "first");
    outbox.push(frame(2 * MiB));
    outbox.whenRoom(() => acts.push("second"));
    outbox.whenRoom(() => acts.push("third"));
    assert.equal(acts.join(), "first");
    sink.read();
    assert.equal(acts.join(), "first,second,third");
  });

  it("wait until the client confirms those before, once it has confirmed some", () => {
    attach();
    outbox.confirm(0);
    outbox.push(frame(2 * MiB));
    sink.read();
    let hasRoom = false;
    outbox.whenRoom(() => (hasRoom = true));
    assert.equal(hasRoom, false);
    outbox.confirm(1);
    assert.equal(hasRoom, true);
  });

  it("are kept until they are confirmed, or the latest 1 MiB of a client that never confirms", () => {
    attach();
    for (let n = 0; n < 30; n++) {
      outbox.push(frame(100 * 1024));
      sink.read();
    }
    outbox.detach();
    sink = new FakeSink();
    const missed = attach();
    assert.ok(missed >= 18 && missed < 22, String(missed));
    assert.equal(sink.sent.length, 30 - missed);
  });

  it("end a session that leaves 16 MiB unread", () => {
    attach();
    for (let n = 0; n < 15; n++) outbox.push(frame(MiB));
    assert.equal(overflows, 0);
    outbox.push(frame(MiB));
    assert.equal(overflows, 1);
  });

  it("let everything go that waits for room when the session ends", () => {
    let isCalled = false;
    outbox.whenRoom(() => (isCalled = true));
    outbox.close();
    assert.equal(isCalled, true);
    outbox.push(frame());
    assert.equal(attach(), 0);
    assert.deepEqual(sink.sent, []);
  });
});
