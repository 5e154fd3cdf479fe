import assert from "node:assert/strict";
import { join } from "node:path";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";
import { startTestBridge, type TestBridge } from "../../support/testBridge.ts";
import { callPort } from "../../support/httpClient.ts";
import { auditPage, auditVerification } from "../../../src/dashboard/channel/auditActions.ts";
import { type AuditLine, auditPageSchema } from "../../../src/protocol/audit/auditEntry.ts";
import { editorUser } from "../../../src/core/access/principal.ts";

describe("The audit log of a bridge", () => {
  let folder: string;
  let bridge: TestBridge;
  const values: Record<string, unknown> = {};
  beforeEach(async () => {
    folder = await temporaryFolder();
    bridge = await startTestBridge({
      audit: { folder: join(folder, "audit") },
      settings: () => (key) => values[key],
    });
  });
  afterEach(async () => {
    await bridge.dispose();
    await removeFolder(folder);
    for (const key of Object.keys(values)) delete values[key];
  });

  /** Oldest first. On a busy machine, a page may end early. */
  async function entries(): Promise<AuditLine[]> {
    const newest: AuditLine[] = [];
    for (let cursor: string | undefined, isLast = false; !isLast; isLast = cursor === undefined) {
      const page = await bridge.core.audit.page({ limit: 1000, ...(cursor !== undefined && { cursor }) });
      newest.push(...page.entries);
      cursor = page.nextCursor;
    }
    return newest.toReversed().filter(({ kind }) => kind !== "audit-opened");
  }

  it("has each execution with its end", async () => {
    await bridge.execute({ command: "test.echo", args: ["hello"] }, { "User-Agent": "curl/8" });
    const [entry, ...more] = await entries();
    assert.deepEqual(more, []);
    const { kind, principal, via, program, target, command, rule, status } = entry ?? {};
    assert.deepEqual(
      { kind, principal: principal?.id, via, program, target, command, rule, status },
      {
        kind: "execution",
        principal: "owner",
        via: "http",
        program: "curl/8",
        target: "editor",
        command: "test.echo",
        rule: "commands.allow: *",
        status: "completed",
      },
    );
    assert.match(entry?.argsDigest ?? "", /^hmac-sha256:[\da-f]{64}$/);
    assert.ok(!JSON.stringify(entry).includes("hello"));
  });

  it("has a command that is denied, once, with the pattern", async () => {
    const { status } = await bridge.execute({ command: "x.deleteAccount" });
    assert.equal(status, 403);
    assert.deepEqual(
      (await entries()).map(({ kind, what, code, rule, principal }) => [kind, what, code, rule, principal?.id]),
      [["request-refused", "x.deleteAccount", "ACCESS_DENIED", "commands.deny: *deleteAccount*", "owner"]],
    );
  });

  it("has a request without a token, and one from a foreign page", async () => {
    await callPort(bridge.port, "/api/kiro/status", { headers: { Authorization: "Bearer wrong" } });
    await bridge.call("/api/kiro/status", { headers: { Origin: "https://evil.example" } });
    assert.deepEqual(
      (await entries()).map(({ kind, what, code, rule, principal }) => [kind, what, code, rule, principal?.id]),
      [
        ["request-refused", "GET /api/kiro/status", "AUTHENTICATION_FAILED", undefined, undefined],
        ["request-refused", "GET /api/kiro/status", "ACCESS_DENIED", "origin", undefined],
      ],
    );
  });

  it("has the cancellation of an execution, and what the user does in the editor", async () => {
    const execution = await bridge.core.dispatcher.submit({ command: "test.echo" }, editorUser);
    await execution.settled;
    await bridge.call(`/api/kiro/executions/${execution.id}/cancel`, { method: "POST" });
    assert.deepEqual(
      (await entries()).map(({ kind, via, executionId }) => [kind, via, executionId]),
      [
        ["execution", "editor", execution.id],
        ["cancel-requested", "http", execution.id],
      ],
    );
  });

  it("has no line for a request that reads, and none for mistakes", async () => {
    await bridge.call("/api/kiro/status");
    await bridge.call("/nothing");
    await bridge.execute("not JSON");
    assert.deepEqual(await entries(), []);
  });

  it("is read page by page over HTTP, by principals that may manage access only", async () => {
    for (let at = 0; at < 3; at++) await bridge.execute({ command: "test.echo" });
    const { json } = await bridge.call("/api/kiro/access/audit?limit=2");
    const { entries: first, nextCursor } = auditPageSchema.parse(json);
    assert.equal(first.length, 2);
    const rest = await bridge.call(`/api/kiro/access/audit?limit=5&cursor=${nextCursor}&kind=execution`);
    assert.equal(auditPageSchema.parse(rest.json).entries.length, 1);
    assert.equal((await bridge.call("/api/kiro/access/audit?cursor=x")).status, 400);
    const { token } = await bridge.core.access.store.create({
      name: "Viewer",
      kind: "client",
      scopes: ["status:read", "history:read", "events:read"],
      by: editorUser,
    });
    const denied = await callPort(bridge.port, "/api/kiro/access/audit", {
      headers: { Authorization: `Bearer ${token}` },
    });
    assert.deepEqual([denied.status, denied.json["context"]], [403, { rule: "scope", scope: "access:manage" }]);
  });

  it("has the pairing and the revocation of a client, and the new token of the owner", async () => {
    const { client } = await bridge.core.access.store.create({
      name: "CI",
      kind: "service",
      scopes: ["commands:run"],
      by: editorUser,
    });
    await bridge.core.access.store.revoke(client.id, editorUser);
    bridge.server.rotateToken("another-token-0123456789-abcdefghijklmnopqrstuv");
    assert.deepEqual(
      (await entries()).map((entry) => [entry.kind, entry.client?.name, entry.via]),
      [
        ["client-created", "CI", "editor"],
        ["client-revoked", "CI", "editor"],
        ["token-rotated", "Owner", undefined],
      ],
    );
  });

  it("has the settings that widen access, when they are applied and only then", async () => {
    bridge.applySettings();
    Object.assign(values, {
      "auth.mode": "none",
      "api.allowedOrigins": ["https://app.example"],
      "commands.deny": ["kiroBridge.*"],
    });
    bridge.applySettings();
    bridge.applySettings();
    values["auth.mode"] = "token";
    values["audit.enabled"] = false;
    bridge.applySettings();
    const found = (await entries()).map(({ kind, setting, value }) => [kind, setting, value?.slice(0, 24)]);
    assert.deepEqual(found, [
      ["access-widened", "auth.mode", "none"],
      ["access-widened", "api.allowedOrigins", "https://app.example"],
      ["access-widened", "commands.deny", "without *deleteAccount*,"],
      ["access-widened", "audit.enabled", "false"],
    ]);
  });

  it("is shown in words, with the result of its verification", async () => {
    await bridge.execute({ command: "x.deleteAccount" }, { "User-Agent": "curl/8" });
    const { entries: views } = await auditPage(bridge.core.audit, { limit: 1 });
    assert.deepEqual(
      views.map(({ text, isNotable }) => [text, isNotable]),
      [["The owner (curl/8) was rejected with ACCESS_DENIED (commands.deny: *deleteAccount*): x.deleteAccount.", true]],
    );
    const { isWhole, text } = await auditVerification(bridge.core.audit);
    assert.deepEqual([isWhole, text.slice(0, 22)], [true, "The audit log is whole"]);
  });

  it("is whole after the bridge has stopped", async () => {
    await bridge.execute({ command: "test.echo" });
    await bridge.dispose();
    const { state, files } = await bridge.core.audit.verify();
    assert.deepEqual([state, files.map((file) => file.state)], ["whole", ["whole", "whole"]]);
  });
});
