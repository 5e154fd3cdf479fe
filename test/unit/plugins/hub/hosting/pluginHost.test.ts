import assert from "node:assert/strict";
import { Emitter } from "../../../../../src/base/events.ts";
import { silentLogger } from "../../../../../src/base/logger.ts";
import type { FoundPlugin, PluginFindings } from "../../../../../src/plugins/hub/finding/pluginSearch.ts";
import {
  type ApprovalAnswer,
  type ApprovalRequest,
  Approvals,
} from "../../../../../src/plugins/hub/hosting/approvals.ts";
import { PluginClaims } from "../../../../../src/plugins/hub/hosting/pluginClaims.ts";
import { grantPlugin } from "../../../../../src/plugins/hub/hosting/pluginGrants.ts";
import { PluginHost } from "../../../../../src/plugins/hub/hosting/pluginHost.ts";
import { AccessStore } from "../../../../../src/access/accessStore.ts";
import { type AuditEntry, noAudit } from "../../../../../src/core/access/audit.ts";
import { parseManifest } from "../../../../../src/plugins/manifest/parseManifest.ts";
import { MemoryAccess } from "../../../../support/memoryAccess.ts";
import { removeFolder, temporaryFolder } from "../../../../support/temporaryFolder.ts";
import { until } from "../../../../support/until.ts";

const stays = { command: process.execPath, args: ["-e", "setInterval(() => 0, 1000)"] };

/** One window, whose folders are what the test says. */
class Window {
  readonly found = new Emitter<PluginFindings>();
  readonly asked: ApprovalRequest[] = [];
  answer: (request: ApprovalRequest) => Promise<ApprovalAnswer> = async () => "allow";
  readonly problems: string[] = [];
  readonly audited: AuditEntry[] = [];
  readonly access: AccessStore;
  readonly host: PluginHost;

  constructor(
    windowId: string,
    shared: { claims: MemoryAccess; access: MemoryAccess; approvals: Map<string, unknown> },
    folder: string,
  ) {
    this.access = new AccessStore({ storage: shared.access, audit: noAudit, logger: silentLogger });
    const revoke = async () => undefined;
    const claims = new PluginClaims({ storage: shared.claims, windowId, revoke, logger: silentLogger });
    const { found, access } = this;
    this.host = new PluginHost({
      watch: { onDidFind: found.event, look: () => undefined, dispose: async () => found.dispose() },
      claims,
      approvals: new Approvals({
        get: (key) => shared.approvals.get(key),
        set: async (key, value) => void shared.approvals.set(key, value),
      }),
      ask: (request) => {
        this.asked.push(request);
        return this.answer(request);
      },
      windowId,
      guard: { watch: () => () => undefined },
      grant: (name, scopes) => grantPlugin({ store: access, claims }, name, scopes),
      url: () => "http://127.0.0.1:1",
      discoveryFolder: folder,
      logger: silentLogger,
      audit: { note: (entry) => void this.audited.push(entry) },
      limits: { firstDelayMs: 1, maxDelayMs: 1, maxCrashes: 2, windowMs: 60_000 },
    });
    this.host.problems.onDidAdd(({ folder: at, message }) => this.problems.push(`${at}: ${message}`));
  }

  /** Puts plugins in folders: a manifest, or its text. */
  put(folders: Readonly<Record<string, object | string>>): void {
    const plugins = Object.entries(folders).map(([folder, manifest]): FoundPlugin => {
      const text = typeof manifest === "string" ? manifest : JSON.stringify({ version: "1.0.0", ...manifest });
      return { folder, origin: "user", reading: parseManifest(text) };
    });
    this.found.fire({ plugins, watched: [] });
  }

  get states(): Record<string, string> {
    return Object.fromEntries(this.host.records().map(({ name, state }) => [name, state]));
  }

  async reaches(states: Record<string, string>): Promise<void> {
    const text = JSON.stringify(states);
    await until(() => JSON.stringify(this.states) === text, text);
  }
}

describe("The plugins of a window", () => {
  let folder: string;
  let shared: { claims: MemoryAccess; access: MemoryAccess; approvals: Map<string, unknown> };
  let windows: Window[];

  beforeEach(async () => {
    folder = await temporaryFolder();
    shared = { claims: new MemoryAccess(), access: new MemoryAccess(), approvals: new Map() };
    windows = [];
  });

  afterEach(async () => {
    for (const window of windows) {
      await window.host.dispose();
      await window.access.dispose();
    }
    await removeFolder(folder);
  });

  function open(id = "1"): Window {
    const window = new Window(id, shared, folder);
    windows.push(window);
    return window;
  }

  /** A plugin whose process can start: it needs a folder that exists. */
  const plugin = (more: object = {}) => ({ [folder]: { name: "a", ...stays, ...more } });

  it("are in the audit log: decisions, starts, and names that are taken", async () => {
    const window = open();
    window.put({ ...plugin(), [`${folder}/other`]: { name: "a", version: "2.0.0" } });
    await window.reaches({ a: "running" });
    await until(() => window.problems.length > 0);
    const a = { name: "a", version: "1.0.0", folder };
    assert.deepEqual(
      window.audited.filter(({ kind }) => kind !== "plugin-refused"),
      [
        { kind: "plugin-approved", ...a },
        { kind: "plugin-started", ...a },
      ],
    );
    window.put({ ...plugin(), [`${folder}/other`]: { name: "a", version: "2.0.0" } });
    await until(() => window.audited.length === 3);
    assert.deepEqual(
      window.audited.filter(({ kind }) => kind === "plugin-refused"),
      [{ kind: "plugin-refused", name: "a", version: "2.0.0", folder: `${folder}/other` }],
    );
    const other = open("2");
    other.answer = async () => "never";
    other.put({ [folder]: { name: "b", ...stays } });
    await other.reaches({ b: "denied" });
    assert.deepEqual(other.audited, [{ kind: "plugin-denied", name: "b", version: "1.0.0", folder }]);
  });

  it("start once the user has allowed them, who sees what they run and may do", async () => {
    const window = open();
    const messagebus = { topics: ["a.b"], subscriptions: ["c.*"] };
    const communication = { messagebus, rpc: { methods: ["d", { name: "e" }] } };
    window.put(plugin({ env: { SECRET: "x" }, communication }));
    await window.reaches({ a: "running" });
    assert.deepEqual(window.asked, [
      {
        name: "a",
        version: "1.0.0",
        folder,
        commandLine: `${process.execPath} -e "setInterval(() => 0, 1000)"`,
        variables: ["SECRET"],
        topics: ["a/b"],
        subscriptions: ["c/*"],
        methods: ["d", "e"],
        isChanged: false,
      },
    ]);
    assert.deepEqual(
      window.access.list().map(({ name, kind }) => [name, kind]),
      [["a", "plugin"]],
    );
  });

  it("are not asked for again in another window, or after a change of what they do not run", async () => {
    const first = open();
    first.put(plugin());
    await first.reaches({ a: "running" });
    await first.host.dispose();
    assert.deepEqual(first.access.list(), []);
    const second = open("2");
    second.put(plugin({ description: "the same" }));
    await second.reaches({ a: "running" });
    assert.equal(second.asked.length, 0);
  });

  const changes: Record<string, object> = {
    version: { version: "1.0.1" },
    arguments: { args: ["-e", "setInterval(() => 0, 1001)"] },
    variables: { env: { A: "b" } },
    topics: { communication: { messagebus: { topics: ["others.orders"] } } },
    methods: { communication: { rpc: { methods: ["another"] } } },
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`are asked for again after a change of their ${what}, and do not run meanwhile`, async () => {
      const window = open();
      window.put(plugin());
      await window.reaches({ a: "running" });
      const answer = Promise.withResolvers<ApprovalAnswer>();
      window.answer = () => answer.promise;
      window.put(plugin(change));
      await until(() => window.asked.length === 2, "the second question");
      assert.equal(window.asked[1]?.isChanged, true);
      assert.deepEqual(window.states, { a: "unapproved" });
      answer.resolve("allow");
      await window.reaches({ a: "running" });
    });
  }

  it("do not start when the user says not now, and are asked for in the next window", async () => {
    const window = open();
    window.answer = async () => "not-now";
    window.put(plugin());
    await window.reaches({ a: "unapproved" });
    window.put(plugin());
    await window.host.dispose();
    assert.equal(window.asked.length, 1);
    const next = open("2");
    next.put(plugin());
    await next.reaches({ a: "running" });
    assert.equal(next.asked.length, 1);
  });

  it("never start when the user says never, also after a change, until the user starts one", async () => {
    const window = open();
    window.answer = async () => "never";
    window.put(plugin());
    await window.reaches({ a: "denied" });
    window.put(plugin({ version: "2.0.0" }));
    await until(() => window.host.records()[0]?.version === "2.0.0", "the new version");
    assert.deepEqual(window.states, { a: "denied" });
    assert.equal(window.asked.length, 1);
    window.answer = async () => "allow";
    await window.host.start("a");
    assert.equal(window.asked.length, 2);
    assert.deepEqual(window.states, { a: "running" });
  });

  it("stop when the user says so or their manifest is gone, and start again", async () => {
    const window = open();
    window.put(plugin());
    await window.reaches({ a: "running" });
    await window.host.stop("a");
    assert.deepEqual(window.states, { a: "stopped" });
    await window.host.start("a");
    assert.deepEqual(window.states, { a: "running" });
    window.put({});
    await window.reaches({});
    await until(() => window.access.list().length === 0, "the end of its access");
    await assert.rejects(window.host.start("a"), { code: "NOT_FOUND" });
  });

  it("have a name each: the second one is refused, and told once, until the first is gone", async () => {
    const window = open();
    const both = { "/x": { name: "a" }, "/y": { name: "a" } };
    window.put(both);
    await until(() => window.problems.length > 0, "the problem");
    window.put(both);
    window.put({ ...both, "/z": { name: "b" } });
    await window.reaches({ a: "manual", b: "manual" });
    assert.deepEqual(window.problems, ["/y: The name a belongs to the plugin in /x."]);
    assert.equal(window.host.records()[0]?.folder, "/x");
    window.put({ "/y": { name: "a" } });
    await until(() => window.host.records()[0]?.folder === "/y", "the other plugin");
    assert.deepEqual(window.host.problems.list(), []);
  });

  it("run in one window only, and in the next when it closes", async () => {
    const [first, second] = [open("1"), open("2")];
    first.put(plugin());
    await first.reaches({ a: "running" });
    second.put({ ...plugin(), "/other": { name: "b" } });
    await second.reaches({ b: "manual" });
    assert.deepEqual(second.problems, []);
    second.put({ ...plugin(), "/elsewhere": { name: "a" }, "/other": { name: "b" } });
    await until(() => second.problems.length > 0, "the problem");
    assert.deepEqual(second.problems, [`/elsewhere: The name a belongs to the plugin in ${folder}.`]);
    second.put(plugin());
    await first.host.dispose();
    await second.reaches({ a: "running" });
  });

  it("with a manifest that is not valid are told with the path, and used as soon as it is", async () => {
    const window = open();
    window.put({ "/x": '{"name":"a","version":"1.0.0","routing":{"keywords":"b"}}' });
    await until(() => window.problems.length > 0, "the problem");
    assert.match(window.problems[0] ?? "", /^\/x: routing\.keywords: Invalid input/);
    window.put({ "/x": { name: "a" } });
    await window.reaches({ a: "manual" });
    assert.deepEqual(window.host.problems.list(), []);
  });

  it("that crash too often are failed, and say why", async () => {
    const window = open();
    window.put(plugin({ args: ["-e", "process.exit(7)"] }));
    await window.reaches({ a: "failed" });
    assert.match(window.host.records()[0]?.detail ?? "", /code 7\. It crashed 2 times\.$/);
  });

  it("are asked for one after the other", async () => {
    const window = open();
    const answer = Promise.withResolvers<ApprovalAnswer>();
    window.answer = () => answer.promise;
    window.put({ "/x": { name: "a", ...stays }, "/y": { name: "b", ...stays } });
    await window.reaches({ a: "unapproved", b: "unapproved" });
    assert.deepEqual(
      window.asked.map(({ name }) => name),
      ["a"],
    );
    answer.resolve("not-now");
    await until(() => window.asked.length === 2, "the second question");
  });
});
