import type { Area } from "../area.ts";
import type { Wire } from "../wire.ts";

const waits = { command: "test.waits" };

/** The queue, and the executions as a resource. */
export const executions: Area = {
  name: "executions",
  options: { lanes: { concurrency: 1, maxQueued: 2 } },
  play: async (wire) => {
    await wire.call("an empty list", "GET /api/kiro/executions");
    await queue(wire);
    await list(wire);
    await one(wire);
    await wire.call("metrics", "GET /metrics");
  },
};

async function queue(wire: Wire): Promise<void> {
  const first = await wire.begin("the first runs", { ...waits, args: ["first"] });
  const second = await wire.begin("the second waits in the queue", { ...waits, args: ["second"] });
  const third = await wire.begin("the third waits too", { ...waits, args: ["third"] });
  await wire.execute("refuses the fourth: the queue is full", waits);
  await wire.execute("refuses the fourth with a key", waits, { "Idempotency-Key": "full" });
  await wire.call("status with a queue", "GET /api/kiro/status?fields=status,currentCommand,queue");
  await wire.call("a queued execution", `GET /api/kiro/executions/${second}`);
  const events = await wire.follow("events of a queued execution", `/api/kiro/executions/${second}/events`);
  await wire.call("cancel of a queued execution", `POST /api/kiro/executions/${third}/cancel`, { body: {} });
  await wire.call("a cancelled execution", `GET /api/kiro/executions/${third}`);
  await wire.call("cancel of a cancelled one", `POST /api/kiro/executions/${third}/cancel`);
  await wire.call("events of a cancelled one", `GET /api/kiro/executions/${third}/events`);
  await wire.execute("a deadline in the queue", { ...waits, timeoutMs: 1 });
  wire.bridge.gate.open();
  await wire.call("events of the first", `GET /api/kiro/executions/${first}/events`);
  // The second has begun to wait by now.
  wire.bridge.gate.open();
  await events.until(/event: command-completed/);
}

async function list(wire: Wire): Promise<void> {
  await wire.execute("one more that fails", { command: "test.throws" });
  await wire.execute("one more with params", { command: "test.args", params: [{ needle: "haystack" }] });
  await wire.execute("one more with a long result", { command: "test.args", args: ["x".repeat(5000)] });
  await wire.call("the list", "GET /api/kiro/executions");
  for (const status of ["completed", "failed", "cancelled", "queued", "running", "waiting-input", "interrupted"])
    await wire.call(`the list of ${status}`, `GET /api/kiro/executions?status=${status}&limit=2`);
  const { json } = await wire.call("a page", "GET /api/kiro/executions?limit=2");
  await wire.call("the next page", `GET /api/kiro/executions?limit=2&cursor=${String(json["nextCursor"])}`);
  await wire.call("a search for an argument", "GET /api/kiro/executions?search=SECOND");
  await wire.call("a search for an error", "GET /api/kiro/executions?search=broken");
  await wire.call("a search that finds nothing", "GET /api/kiro/executions?search=nowhere");
  await wire.call("a cursor that is none", "GET /api/kiro/executions?cursor=nonsense&limit=1");
  await wire.call("refuses limit 0", "GET /api/kiro/executions?limit=0");
  await wire.call("refuses limit 501", "GET /api/kiro/executions?limit=501");
  await wire.call("refuses a limit that is no number", "GET /api/kiro/executions?limit=many");
  await wire.call("refuses an unknown status", "GET /api/kiro/executions?status=lost");
  await wire.call("refuses an unknown parameter", "GET /api/kiro/executions?nonsense=1");
  await wire.call("refuses a long search", `GET /api/kiro/executions?search=${"x".repeat(201)}`);
  await wire.call("HEAD of the list", "HEAD /api/kiro/executions");
}

async function one(wire: Wire): Promise<void> {
  const { json } = await wire.execute("an execution to look at", { command: "test.args", args: ["a"] });
  const path = `/api/kiro/executions/${String(json["executionId"])}`;
  await wire.call("its record", `GET ${path}`);
  await wire.call("its events", `GET ${path}/events`);
  await wire.call("its events behind the last", `GET ${path}/events`, { headers: { "Last-Event-ID": "999999" } });
  await wire.call("its events with an empty id", `GET ${path}/events`, { headers: { "Last-Event-ID": "" } });
  await wire.call("refuses a Last-Event-ID", `GET ${path}/events`, { headers: { "Last-Event-ID": "last" } });
  await wire.call("cancel of one that has ended", `POST ${path}/cancel`, { body: {} });
  await wire.call("cancel with an unknown field", `POST ${path}/cancel`, { body: { nonsense: 1 } });
  await wire.call("cancel with another content type", `POST ${path}/cancel`, {
    body: "x",
    headers: { "Content-Type": "text/plain" },
  });
  for (const rest of ["", "/events"]) {
    await wire.call(`an unknown execution${rest}`, `GET /api/kiro/executions/exec-1-1-aaaaaa${rest}`);
    await wire.call(`an id that is none${rest}`, `GET /api/kiro/executions/nonsense${rest}`);
  }
  await wire.call("cancel of an unknown one", "POST /api/kiro/executions/exec-1-1-aaaaaa/cancel", { body: {} });
  await wire.call("wrong percent-encoding", "GET /api/kiro/executions/%E0%A4%A");
}
