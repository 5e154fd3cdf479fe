import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { NatsConnection } from "@nats-io/nats-core";
import { Outbox } from "../../../../src/plugins/nats/outbox.ts";
import { hasCode } from "../../../support/plugins/busUnderTest.ts";

/** A connection that notes what is written, and confirms on demand. */
class FakeConnection implements Pick<NatsConnection, "publish" | "flush" | "isClosed"> {
  readonly written: string[] = [];
  readonly #confirmations: PromiseWithResolvers<void>[] = [];

  static open(outbox: Outbox): FakeConnection {
    const connection = new FakeConnection();
    outbox.open(connection);
    return connection;
  }

  publish(_subject: string, data: unknown): void {
    this.written.push(String(data));
  }

  flush(): Promise<void> {
    const confirmation = Promise.withResolvers<void>();
    this.#confirmations.push(confirmation);
    return confirmation.promise;
  }

  isClosed(): boolean {
    return false;
  }

  confirm(): void {
    for (const { resolve } of this.#confirmations.splice(0)) resolve();
  }
}

const messageOf = (data: string) => ({ subject: "s", data });

describe("The outbox to a NATS server", () => {
  it("writes the first message of a turn at once, and the others together in their order", async () => {
    const outbox = new Outbox();
    const connection = FakeConnection.open(outbox);
    for (const data of ["1", "2", "3"]) assert.equal(outbox.publish(messageOf(data)), undefined);
    assert.deepEqual(connection.written, ["1"]);
    await nextTurn();
    assert.deepEqual(connection.written, ["1", "2", "3"]);
    void outbox.publish(messageOf("4"));
    outbox.flush();
    assert.deepEqual(connection.written.slice(3), ["4"]);
    outbox.close();
  });

  it("keeps what was not written when the connection is lost, before what is published later", () => {
    const outbox = new Outbox();
    FakeConnection.open(outbox);
    for (const data of ["written", "2", "3"]) void outbox.publish(messageOf(data));
    assert.equal(outbox.pause(), 1);
    void outbox.publish(messageOf("4"));
    assert.equal(outbox.size, 3);
    const next = FakeConnection.open(outbox);
    outbox.flush();
    assert.deepEqual(next.written, ["2", "3", "4"]);
    outbox.close();
  });

  it("has publishers wait until the server confirms, and rejects more than its bound", async () => {
    const outbox = new Outbox({ maxBytes: 1000 });
    const connection = FakeConnection.open(outbox);
    const data = "x".repeat(400);
    for (let sent = 0; sent < 2; sent++) assert.equal(outbox.publish(messageOf(data)), undefined);
    const waiting = outbox.publish(messageOf("waits"));
    assert.ok(waiting instanceof Promise);
    assert.throws(() => outbox.publish(messageOf("y".repeat(1000))), hasCode("KIRO_UNAVAILABLE", "nats"));
    connection.confirm();
    await waiting;
    outbox.flush();
    assert.deepEqual(connection.written, [data, data, "waits"]);
    outbox.close();
  });
});
