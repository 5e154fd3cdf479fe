import type { Area } from "../area.ts";
import type { Wire } from "../wire.ts";

const PATH = "/api/kiro/events";

/** Server-Sent Events. */
export const streams: Area = {
  name: "streams",
  options: { maxConnections: 2 },
  play: async (wire) => {
    const live = await wire.follow("events as they happen", PATH);
    const { json } = await wire.execute("a command", { command: "test.args", args: ["first"] });
    await wire.execute("a command that fails", { command: "test.throws" });
    await live.until(/event: command-error/);
    const id = String(json["executionId"]);
    const epoch = await epochOf(wire);
    const replay = async (name: string, query: string, headers: Record<string, string>, last: RegExp): Promise<void> =>
      (await wire.follow(name, `${PATH}${query}`, { headers })).until(last);
    await replay("everything", "?since=0", {}, /event: command-error/);
    await replay("behind an id", "", { "Last-Event-ID": `${epoch}:2` }, /event: command-error/);
    await replay("behind a number alone", "", { "Last-Event-ID": "2" }, /event: command-error/);
    await replay("behind an id of another epoch", "", { "Last-Event-ID": "other:2" }, /event: command-error/);
    await replay("an id comes before since", "?since=0", { "Last-Event-ID": `${epoch}:3` }, /event: command-error/);
    await replay("of one execution", `?since=0&executionId=${id}`, {}, /event: command-completed/);
    await replay("of one execution, by its other name", `?since=0&id=${id}`, {}, /event: command-completed/);
    await replay("of two types", "?since=0&types=command-completed,command-error", {}, /event: command-error/);
    await replay(
      "behind an id that is still to come",
      `?executionId=${id}`,
      { "Last-Event-ID": `${epoch}:999999` },
      /event: command-completed/,
    );
    await refusals(wire);
    await ofOneExecution(wire, id);
    await tooMany(wire);
  },
};

async function epochOf(wire: Wire): Promise<string> {
  const socket = await wire.socket();
  const { epoch } = await socket.client.waitForType("connection-ready");
  socket.client.close();
  return String(epoch);
}

async function refusals(wire: Wire): Promise<void> {
  for (const query of ["since=-1", "since=x", "types=nonsense", "types=", "nonsense=1", `epoch=${"e".repeat(101)}`])
    await wire.call(`refuses ${query.slice(0, 20)}`, `GET ${PATH}?${query}`);
  await wire.call("refuses a Last-Event-ID", `GET ${PATH}`, { headers: { "Last-Event-ID": "last" } });
  await wire.call("refuses who has no token", `GET ${PATH}`, { isStranger: true });
}

async function ofOneExecution(wire: Wire, id: string): Promise<void> {
  const path = `/api/kiro/executions/${id}/events`;
  const whole = await wire.call("the events of one that has ended", `GET ${path}`);
  const ids = [...whole.text.matchAll(/^id: (\d+)$/gm)].map(([, id = ""]) => id);
  await wire.call("behind the first", `GET ${path}`, { headers: { "Last-Event-ID": ids[0] } });
  await wire.call("behind the last", `GET ${path}`, { headers: { "Last-Event-ID": ids.at(-1) } });
}

async function tooMany(wire: Wire): Promise<void> {
  await wire.socket();
  await wire.socket();
  await wire.call("one connection too many", `GET ${PATH}`);
  await wire.refusedUpgrade("one terminal too many", "/terminal");
  await wire.call("one chat stream too many", "POST /kiro/chat", {
    body: { prompt: "Hello" },
    headers: { Accept: "text/event-stream" },
  });
  await wire.call("a call besides", "GET /api/kiro/status?fields=status");
  await wire.closedSocket("one socket too many");
}
