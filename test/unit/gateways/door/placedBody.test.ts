import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { TestBridgeOptions } from "../../../support/testBridge.ts";
import { newId } from "../../../../src/gateways/turns/windowIds.ts";
import { fake, fakeSay } from "../../../fixtures/simulator/directive.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { EchoTerminal } from "../../../support/programs/fakeTerminal.ts";
import { simulatedKiro } from "../../../support/simulatedKiro.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { type LinkedBridges, startLinkedBridges } from "../../../support/windows/linkedBridges.ts";

/** The agent dies after it has begun. */
const crash = (what: string): string => `${what} ${fake("crash", { words: 20 })}`;

describe("A request to a gateway, with several windows", () => {
  const principals = new FakePrincipals();
  const client = principals.add("client");
  let folder: string;
  let bridges: LinkedBridges;

  before(async () => {
    folder = await temporaryFolder();
    await mkdir(join(folder, "büro 100%"));
    const options = (name: string): TestBridgeOptions => ({
      principals,
      folders: [join(folder, name)],
      createKiro: (events) =>
        simulatedKiro({
          folder,
          isInstalled: true,
          report: (event) => events.append(event),
          terminals: { open: async () => new EchoTerminal() },
        }),
    });
    bridges = await startLinkedBridges({ owner: options(""), member: options("büro 100%") });
  });
  after(async () => {
    await bridges.dispose();
    await removeFolder(folder);
  });

  const user = { role: "user", content: `Hi ${fakeSay("Hello.")}` };

  /** Sends a chat to the owner, and returns the window that has run it. */
  async function windowOf(body: object, headers: Record<string, string> = {}): Promise<string> {
    const { owner, member } = bridges;
    const sizes = [owner, member].map(({ core }) => core.executions.all.size);
    const answer = await owner.callAs(client, "/v1/chat/completions", {
      body: { model: "kiro", messages: [user], ...body },
      headers,
    });
    assert.equal(answer.status, 200, answer.text);
    const [ofOwner = 0, ofMember = 0] = [owner, member].map(
      ({ core }, at) => core.executions.all.size - (sizes[at] ?? 0),
    );
    assert.equal(ofOwner + ofMember, 1, "one window runs it");
    const [ran] = [...(ofMember === 1 ? member : owner).core.executions.all.values()].slice(-1);
    assert.equal(answer.headers["x-request-id"], ran?.id);
    assert.equal(ran?.requestedBy?.via, "openai");
    return ofMember === 1 ? "member" : "owner";
  }

  it("goes to the default window without a place", async () => {
    assert.equal(await windowOf({}), "owner");
    bridges.windows.focused = "member-window";
    assert.equal(await windowOf({}), "member");
    assert.equal(await windowOf({ stream: true }), "member");
    bridges.windows.focused = undefined;
  });

  it("goes to the window that its headers name, by its ID or a percent-encoded path", async () => {
    assert.equal(await windowOf({}, { "X-Kiro-Window": "member-window" }), "member");
    assert.equal(await windowOf({ stream: true }, { "X-Kiro-Window": "member-window" }), "member");
    assert.equal(await windowOf({}, { "X-Kiro-Window": "owner-window" }), "owner");
    const path = encodeURI(join(folder, "büro 100%"));
    assert.equal(await windowOf({}, { "X-Kiro-Workspace": path }), "member");
    assert.equal(await windowOf({}, { "X-Kiro-Workspace": encodeURIComponent(folder) }), "owner");
  });

  it("is refused in the form of its API if there is no such window or folder", async () => {
    const { owner } = bridges;
    for (const [headers, status] of [
      [{ "X-Kiro-Window": "none" }, 404],
      [{ "X-Kiro-Workspace": "/nowhere" }, 404],
      [{ "X-Kiro-Workspace": "/100%" }, 400],
      [{ "Idempotency-Key": "" }, 400],
    ] as const) {
      const body = { model: "kiro", messages: [user] };
      const answer = await owner.callAs(client, "/v1/chat/completions", { body, headers });
      assert.equal(answer.status, status, JSON.stringify(headers));
      assert.equal(Object(answer.json["error"]).type, "invalid_request_error");
    }
  });

  it("follows the newest ID that a window has given out, without headers", async () => {
    const [ofMember, ofOwner] = [newId("member-window"), newId("owner-window")];
    const call = (id: string) => ({ id, type: "function", function: { name: "look", arguments: "{}" } });
    const turn = (id: string) => [
      { role: "assistant", content: null, tool_calls: [call(`call_${id}`)] },
      { role: "tool", tool_call_id: `call_${id}`, content: "seen" },
    ];
    assert.equal(await windowOf({ messages: [user, ...turn(ofMember)] }), "member");
    assert.equal(await windowOf({ messages: [user, ...turn(ofOwner), ...turn(ofMember)] }), "member");
    assert.equal(await windowOf({ messages: [user, ...turn(ofMember), ...turn(ofOwner)] }), "owner");
    const headers = { "X-Kiro-Window": "owner-window" };
    assert.equal(await windowOf({ messages: [user, ...turn(ofMember)] }, headers), "owner");
  });

  it("goes to the default window with an ID of a window that has ended, or of somebody else", async () => {
    for (const id of [newId("ended-window"), "toolu_01A09q90qw90lq917835lq9", "x"]) {
      const called = { id, type: "function", function: { name: "look", arguments: "{}" } };
      const messages = [
        user,
        { role: "assistant", content: null, tool_calls: [called] },
        { role: "tool", tool_call_id: id, content: "seen" },
      ];
      assert.equal(await windowOf({ messages }), "owner", id);
    }
  });

  for (const [path, bodyOf] of [
    ["/v1/chat/completions", (text: string) => ({ messages: [{ role: "user", content: text }] })],
    ["/v1/responses", (text: string) => ({ input: text })],
    ["/v1/messages", (text: string) => ({ messages: [{ role: "user", content: text }], max_tokens: 100 })],
  ] as const) {
    for (const stream of [false, true]) {
      it(`finds the turn that it repeats although the user has moved to another window, at ${path}, ${stream ? "as a stream" : "whole"}`, async () => {
        const { owner, member, windows } = bridges;
        const executions = (): number => owner.core.executions.all.size + member.core.executions.all.size;
        const before = executions();
        const body = { model: "kiro", ...bodyOf(crash(`Work ${stream}`)), stream };
        const first = await owner.callAs(client, path, { body });
        assert.equal(executions(), before + 1);
        windows.focused = "member-window";
        const again = await owner.callAs(client, path, { body: { ...body, stream: false } });
        windows.focused = undefined;
        assert.equal(first.status, stream ? 200 : 500, first.text);
        assert.deepEqual([again.status, again.headers["x-should-retry"]], [500, "false"], again.text);
        assert.equal(executions(), before + 1);
      });
    }
  }

  it("takes no key to the other window, in whichever header it came", async () => {
    const { owner, link } = bridges;
    const sent = link.sent.length;
    const body = { model: "kiro", messages: [user] };
    for (const name of ["x-api-key", "api-key"]) {
      const headers = { "X-Kiro-Window": "member-window", [name]: client.token };
      const response = await fetch(`${owner.server.url}/v1/chat/completions`, {
        method: "POST",
        headers: { ...headers, "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      assert.equal(response.status, 200, await response.text());
    }
    const forwarded = link.sent.slice(sent);
    assert.match(forwarded, /POST \/v1\/chat\/completions/);
    assert.ok(!forwarded.includes(client.token));
  });

  it("is refused by the window that has it, in the form of its API", async () => {
    const { owner } = bridges;
    const headers = { "X-Kiro-Window": "member-window" };
    const answer = await owner.callAs(client, "/v1/chat/completions", {
      body: { model: "nobody-has-it", messages: [user] },
      headers,
    });
    const { code, param } = Object(answer.json["error"]);
    assert.deepEqual([answer.status, code, param], [404, "model_not_found", "model"]);
    const azure = await owner.callAs(client, "/openai/deployments/kiro/chat/completions?api-version=1", {
      body: { messages: [user] },
      headers,
    });
    const unknown = await owner.callAs(client, "/openai/deployments/none/chat/completions?api-version=1", {
      body: { messages: [user] },
      headers,
    });
    assert.deepEqual([unknown.status, Object(unknown.json["error"]).code], [404, "model_not_found"]);
    assert.equal(azure.status, 200, azure.text);
    assert.equal(azure.json["model"], "kiro");
  });

  it("is not run again if the window that has its key has ended", async () => {
    const { owner, windows } = bridges;
    const [execution] = owner.core.executions.all.values();
    assert.ok(execution !== undefined);
    windows.keys.set("of-the-past", { kind: "past", execution });
    const ran = owner.core.executions.all.size;
    const body = { model: "kiro", messages: [user] };
    const answer = await owner.callAs(client, "/v1/chat/completions", {
      body,
      headers: { "Idempotency-Key": "of-the-past" },
    });
    assert.deepEqual([answer.status, answer.headers["x-should-retry"]], [500, "false"]);
    assert.match(answer.text, /has ended/);
    assert.equal(owner.core.executions.all.size, ran);
  });
});
