import assert from "node:assert/strict";
import {
  batchedMessage,
  binaryMessage,
  cloudEventOf,
  structuredMessage,
  testCloudEvent,
} from "../../../../src/exports/hooks/cloudEvent.ts";
import { endFactOf, FACT_TIME, factOf } from "../../../support/exports/facts.ts";

const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/** As JSON, which has no undefined properties. */
const written = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("CloudEvents", () => {
  it("describe a fact with its ID, source, type, time, execution and trace", () => {
    const fact = endFactOf("exec-1-1-a", 7, { traceparent });
    assert.deepEqual(cloudEventOf(fact), {
      specversion: "1.0",
      id: "w1-e1-7",
      source: "/kiro-bridge/windows/w1",
      type: "kiro_bridge.command_completed",
      time: "2026-11-28T01:30:00.000Z",
      subject: "exec-1-1-a",
      datacontenttype: "application/json",
      traceparent,
      data: { event: fact.event, run: fact.run },
    });
  });

  it("have no subject, trace and run for an event of no execution", () => {
    const event = cloudEventOf(factOf({ type: "status-changed", status: "busy" }));
    assert.deepEqual(Object.keys(event), ["specversion", "datacontenttype", "id", "source", "type", "time", "data"]);
    assert.deepEqual(Object.keys(event.data), ["event"]);
  });

  it("are the whole body in the structured mode, and a list in the batched mode", () => {
    const events = [cloudEventOf(endFactOf("exec-1", 1)), cloudEventOf(endFactOf("exec-2", 2))];
    const [first] = events;
    assert.ok(first);
    const one = structuredMessage(first);
    assert.equal(one.headers["content-type"], "application/cloudevents+json; charset=utf-8");
    assert.deepEqual(JSON.parse(one.body), written(first));
    const several = batchedMessage(events);
    assert.equal(several.headers["content-type"], "application/cloudevents-batch+json; charset=utf-8");
    assert.deepEqual(JSON.parse(several.body), written(events));
  });

  it("have their attributes in headers in the binary mode, and their data in the body", () => {
    const fact = endFactOf("exec-1", 1, { traceparent });
    const { headers, body } = binaryMessage(cloudEventOf(fact));
    assert.deepEqual(headers, {
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": "w1-e1-1",
      "ce-source": "/kiro-bridge/windows/w1",
      "ce-type": "kiro_bridge.command_completed",
      "ce-time": "2026-11-28T01:30:00.000Z",
      "ce-subject": "exec-1",
      "ce-traceparent": traceparent,
    });
    assert.deepEqual(JSON.parse(body), written({ event: fact.event, run: fact.run }));
  });

  // The first one is the example of the HTTP binding of CloudEvents.
  const encoded = {
    "Euro € 😀": "Euro%20%E2%82%AC%20%F0%9F%98%80",
    'a"b%c': "a%22b%25c",
    "line\r\nx-injected: 1": "line%0D%0Ax-injected:%201",
    "half \ud83d of a pair": "half%20%EF%BF%BD%20of%20a%20pair",
    "!#$&'()*+,-./:;<=>?@[]^_`{|}~\\": "!#$&'()*+,-./:;<=>?@[]^_`{|}~\\",
  };
  for (const [text, expected] of Object.entries(encoded)) {
    it(`encode what a header must not have: ${JSON.stringify(text)}`, () => {
      const { headers } = binaryMessage(cloudEventOf(endFactOf(text)));
      assert.equal(headers["ce-subject"], expected);
    });
  }

  it("mark the item of a test, which has an ID of its own", () => {
    const ports = { windowId: "w 1/?", now: () => FACT_TIME };
    const first = testCloudEvent(ports);
    assert.equal(first.type, "kiro_bridge.test");
    assert.equal(first.source, "/kiro-bridge/windows/w%201%2F%3F");
    assert.deepEqual(first.data, { isTest: true });
    assert.match(first.id, /^test-[0-9a-f-]{36}$/);
    assert.notEqual(testCloudEvent(ports).id, first.id);
  });
});
