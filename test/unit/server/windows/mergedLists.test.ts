import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import * as z from "zod";
import { sessionListSchema } from "../../../../src/protocol/chat.ts";
import { executionListSchema } from "../../../../src/protocol/executions.ts";
import { commandListSchema, statusSchema, windowListSchema } from "../../../../src/protocol/status.ts";
import { readMetrics } from "../../wire/prometheusText.ts";
import type { KiroModule } from "../../../../src/bridge/kiroModule.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { fakeKiro, noKiro } from "../../../support/fakeKiro.ts";
import { FakeAgent } from "../../../support/fakePorts.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { StreamWindow } from "../../../../src/windows/forward/streamWindow.ts";
import { type LinkedBridges, MemoryLink, startLinkedBridges } from "../../../support/windows/linkedBridges.ts";
import { until } from "../../../support/until.ts";

/** A Kiro CLI with sessions of these names. */
function withSessions(...names: readonly string[]): () => KiroModule {
  const at = new Date(0).toISOString();
  const facts = {
    workspacePath: "/a",
    state: "idle",
    turns: 1,
    restarts: 0,
    crashes: 0,
    createdAt: at,
    lastUsedAt: at,
  };
  return () => {
    let sessions = names.map((name) => ({ ...facts, id: `sess-${randomUUID()}`, name, state: "idle" as const }));
    const closeSession = async (wanted: string): Promise<string> => {
      const found = sessions.find(({ id, name }) => id === wanted || name === wanted);
      if (found === undefined) throw new BridgeError("NOT_FOUND");
      sessions = sessions.filter((session) => session !== found);
      return found.id;
    };
    return fakeKiro({ agent: new FakeAgent(), kiro: { ...noKiro, sessions: () => sessions, closeSession } });
  };
}

describe("The lists of all windows", () => {
  let bridges: LinkedBridges;
  let release: (value: unknown) => void;
  const principals = new FakePrincipals();
  const narrow = principals.add("narrow", { role: "viewer", commands: { deny: ["test.there"] } });
  const ci = principals.add("ci");

  beforeEach(async () => {
    const holding = Promise.withResolvers<unknown>();
    release = holding.resolve;
    bridges = await startLinkedBridges({
      owner: { principals, commands: { "test.here": () => "here" }, createKiro: withSessions("here", "both") },
      member: {
        folders: ["/work/there"],
        commands: { "test.there": () => "there", "test.held": () => holding.promise },
        createKiro: withSessions("there", "both"),
      },
    });
    bridges.windows.focused = "member-window";
  });

  afterEach(async () => {
    release(undefined);
    await bridges.dispose();
  });

  const runAt = async (windowId: string, command = "test.echo"): Promise<string> => {
    const { json } = await bridges.owner.execute({ command, windowId }, { Prefer: "respond-async" });
    return String(json["executionId"]);
  };

  it("have every window, with the one that an unaddressed request goes to", async () => {
    const { json } = await bridges.owner.call("/api/kiro/windows");
    const { windows } = windowListSchema.parse(json);
    assert.deepEqual(
      windows.map(({ id, focused }) => [id, focused]),
      [["member-window", true]],
    );
    const alone = windowListSchema.parse((await bridges.member.call("/api/kiro/windows")).json);
    assert.deepEqual(
      alone.windows.map(({ id, focused, owner, state }) => [id, focused, owner, state]),
      [["member-window", true, true, "ready"]],
    );
  });

  it("join the status of all windows", async () => {
    const id = await runAt("member-window", "test.held");
    await until(() => bridges.member.core.executions.get(id)?.status === "running");
    const status = statusSchema.parse((await bridges.owner.call("/api/kiro/status")).json);
    assert.equal(status.status, "busy");
    assert.equal(status.currentCommand, "test.held");
    assert.deepEqual(status.queue, { running: 1, queued: 0 });
    assert.ok(status.availableCommands.includes("test.here"));
    assert.ok(status.availableCommands.includes("test.there"));
    assert.deepEqual(status.availableCommands, status.availableCommands.toSorted());
    assert.deepEqual(
      status.windows.map((window) => window.id),
      ["member-window"],
    );
  });

  it("hide what a principal may not know of another window", async () => {
    const id = await runAt("member-window", "test.held");
    await until(() => bridges.member.core.executions.get(id)?.status === "running");
    const { json } = await bridges.owner.callAs(ci, "/api/kiro/status");
    assert.equal(json["currentCommand"], undefined);
    const status = statusSchema.parse((await bridges.owner.callAs(narrow, "/api/kiro/status")).json);
    assert.ok(!status.availableCommands.includes("test.there"));
    const list = commandListSchema.parse((await bridges.owner.callAs(narrow, "/api/kiro/commands")).json);
    assert.ok(!list.commands.some((command) => command.id === "test.there"));
    const executions = executionListSchema.parse((await bridges.owner.callAs(ci, "/api/kiro/executions")).json);
    assert.deepEqual(executions.executions, []);
  });

  it("name the windows of a command that not every window has", async () => {
    const { json } = await bridges.owner.call("/api/kiro/commands?query=test.");
    const { commands, total } = commandListSchema.parse(json);
    assert.deepEqual(
      commands.map(({ id, windows }) => [id, windows]),
      [
        ["test.echo", undefined],
        ["test.held", ["member-window"]],
        ["test.here", ["owner-window"]],
        ["test.there", ["member-window"]],
      ],
    );
    assert.equal(total, 4);
    const first = commandListSchema.parse((await bridges.owner.call("/api/kiro/commands?query=test.&limit=1")).json);
    assert.equal(first.commands.length, 1);
    assert.equal(first.total, 4);
  });

  it("have the commands of one window only, if the query names it", async () => {
    for (const [windowId, expected] of [
      ["member-window", ["test.echo", "test.held", "test.there"]],
      ["owner-window", ["test.echo", "test.here"]],
    ] as const) {
      const { json } = await bridges.owner.call(`/api/kiro/commands?query=test.&windowId=${windowId}`);
      assert.deepEqual(
        commandListSchema.parse(json).commands.map(({ id, windows }) => [id, windows]),
        expected.map((id) => [id, undefined]),
      );
    }
    assert.equal((await bridges.owner.call("/api/kiro/commands?windowId=none")).status, 404);
  });

  it("page through the executions of all windows, newest first, each once", async () => {
    const ids: string[] = [];
    for (let count = 0; count < 5; count++)
      for (const windowId of ["owner-window", "member-window"]) ids.push(await runAt(windowId));
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const query = `limit=3${cursor === undefined ? "" : `&cursor=${cursor}`}`;
      const list = executionListSchema.parse((await bridges.owner.call(`/api/kiro/executions?${query}`)).json);
      assert.ok(list.executions.length <= 3);
      assert.equal(list.missingWindows, undefined);
      found.push(...list.executions.map(({ id }) => id));
      cursor = list.nextCursor;
    } while (cursor !== undefined);
    assert.equal(found.length, 10);
    assert.deepEqual(found.toSorted(), ids.toSorted());
    const order = found.map((id) => Number(id.split("-")[1]));
    assert.deepEqual(
      order,
      order.toSorted((a, b) => b - a),
    );
  });

  it("name a window that has ended, or does not respond in time", async () => {
    await runAt("owner-window");
    const mirror = {
      record: { id: "silent-window", pid: 1, editor: "Fake Editor", workspaceFolders: [] },
      active: () => [],
      status: () => undefined,
      commands: () => [],
    };
    const silent = new StreamWindow({ link: new MemoryLink(() => undefined), mirror });
    bridges.windows.others = [bridges.other, silent];
    bridges.link.end();
    const list = executionListSchema.parse((await bridges.owner.call("/api/kiro/executions")).json);
    assert.equal(list.executions.length, 1);
    assert.deepEqual(list.missingWindows, ["member-window", "silent-window"]);
    const sessions = sessionListSchema.parse((await bridges.owner.call("/kiro/sessions")).json);
    assert.deepEqual(sessions.missingWindows, ["member-window", "silent-window"]);
    const metrics = await bridges.owner.call("/metrics");
    assert.match(metrics.text, /^kiro_bridge_window_up\{window="silent-window"\} 0$/m);
    silent.dispose();
  });

  const sessionsOf = async (query = ""): Promise<(readonly [string, string | undefined])[]> => {
    const { json } = await bridges.owner.call(`/kiro/sessions${query}`);
    return sessionListSchema.parse(json).sessions.map(({ name, windowId }) => [name, windowId]);
  };

  it("have the sessions of all windows, or of one, each with its window", async () => {
    const own = [
      ["here", "owner-window"],
      ["both", "owner-window"],
    ];
    const theirs = [
      ["there", "member-window"],
      ["both", "member-window"],
    ];
    assert.deepEqual(await sessionsOf(), [...own, ...theirs]);
    assert.deepEqual(await sessionsOf("?windowId=owner-window"), own);
    assert.deepEqual(await sessionsOf("?windowId=member-window"), theirs);
    assert.deepEqual(await sessionsOf(`?workspacePath=${encodeURIComponent("/work/there")}`), theirs);
  });

  it("leave out the sessions of a window whose settings deny them, and deny them if every window does", async () => {
    bridges.member.core.policy.reconfigure(["*"], ["kiro.cli.listSessions"]);
    const some = sessionListSchema.parse((await bridges.owner.call("/kiro/sessions")).json);
    assert.ok(some.sessions.every(({ windowId }) => windowId === "owner-window"));
    assert.equal(some.missingWindows, undefined);
    bridges.owner.core.policy.reconfigure(["*"], ["kiro.cli.listSessions"]);
    assert.equal((await bridges.owner.call("/kiro/sessions")).status, 403);
  });

  it("close a session in the window that has it", async () => {
    const close = async (name: string): Promise<number> => {
      return (await bridges.owner.call(`/kiro/sessions/${name}`, { method: "DELETE" })).status;
    };
    assert.equal(await close("here"), 200);
    assert.equal(await close("there"), 200);
    assert.equal(await close("none"), 404);
    assert.equal(await close("here?windowId=none"), 404);
    // The window that an unaddressed prompt goes to.
    assert.equal(await close("both"), 200);
    assert.deepEqual(await sessionsOf(), [["both", "owner-window"]]);
  });

  it("join the metrics of all windows, those of others with a label", async () => {
    await runAt("member-window");
    await runAt("owner-window");
    await until(() => bridges.member.core.executions.active.size + bridges.owner.core.executions.active.size === 0);
    const { text, headers } = await bridges.owner.call("/metrics");
    assert.equal(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    assert.deepEqual(names, [...new Set(names)]);
    assert.match(text, /^kiro_bridge_executions_total\{target="editor",status="completed"\} 1$/m);
    assert.match(
      text,
      /^kiro_bridge_executions_total\{target="editor",status="completed",window="member-window"\} 1$/m,
    );
    assert.match(text, /^kiro_bridge_window_up\{window="member-window"\} 1$/m);
    assert.ok(z.object({ kiro_bridge_executions_total: z.unknown() }).safeParse(readMetrics(text)).success);
    const own = await bridges.member.call("/metrics");
    assert.doesNotMatch(own.text, /window=/);
  });
});
