import assert from "node:assert/strict";
import { EventFeed } from "../../../../src/channel/eventFeed.ts";
import { EventLog } from "../../../../src/core/events/eventLog.ts";
import { EventBatches } from "../../../../src/dashboard/channel/eventBatches.ts";
import { type DashboardPush, MAX_LIVE_OUTPUT } from "../../../../src/dashboard/contract/dashboard.ts";
import { until } from "../../../support/until.ts";

type Batch = Extract<DashboardPush, { type: "events" }>;

describe("EventBatches", () => {
  let log: EventLog;
  let posted: Batch[];
  let batches: EventBatches;
  let feed: EventFeed;

  beforeEach(() => {
    log = new EventLog("w", { maxEvents: 5000, maxLength: 1e8 });
    posted = [];
    batches = new EventBatches("epoch", (push) => {
      if (push.type === "events") posted.push(push);
    });
    feed = new EventFeed(log, batches, { after: 0, wants: () => true, onOverflow: "replay" });
  });
  afterEach(async () => {
    await feed.dispose();
    batches.dispose();
  });

  const say = (output: string, executionId = "e") =>
    log.append({ type: "command-output", executionId, output, stream: "stdout" });

  it("posts the next batch when the page has acknowledged the last one", async () => {
    say("a");
    assert.equal(batches.isBehind, true, "the page has not begun to listen");
    batches.acknowledge();
    await until(() => posted.length === 1);
    say("b");
    say("c");
    assert.equal(batches.isBehind, true);
    batches.acknowledge();
    await until(() => posted.length === 2);
    assert.deepEqual(
      posted.map(({ eventId, events }) => [eventId, events.map((event) => "output" in event && event.output)]),
      [
        [1, ["a"]],
        [3, ["bc"]],
      ],
    );
  });

  it("joins the output of one execution, and keeps only what is shown", async () => {
    batches.acknowledge();
    say("a", "other");
    for (let index = 0; index < 10; index++) say("x".repeat(MAX_LIVE_OUTPUT / 4));
    await until(() => posted.length === 1);
    const lengths = posted[0]?.events.map((event) => "output" in event && event.output.length);
    assert.deepEqual(lengths, [1, MAX_LIVE_OUTPUT + 1]);
  });

  it("limits a batch, and leaves the rest in the log", async () => {
    for (let index = 0; index < 3000; index++) say("x", `e${index}`);
    batches.acknowledge();
    await until(() => posted.length === 1);
    assert.equal(posted[0]?.events.length, 2000);
    batches.acknowledge();
    await until(() => posted.length === 2);
    assert.equal(posted[1]?.events.length, 1000);
  });

  it("reports the events that the log lost while the page did not acknowledge", async () => {
    for (let index = 0; index < 6000; index++) say("x");
    batches.acknowledge();
    await until(() => posted.length === 1);
    const [lost] = posted[0]?.events ?? [];
    assert.ok(lost?.type === "events-lost" && lost.from === 1 && lost.to === 1000);
  });
});
