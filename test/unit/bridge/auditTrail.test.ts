import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";
import { startTestBridge, type TestBridge } from "../../support/testBridge.ts";
import { callPort } from "../../support/httpClient.ts";
import type { AuditLine } from "../../../src/protocol/audit/auditEntry.ts";
import { editorUser } from "../../../src/core/access/principal.ts";

describe("The audit log of a bridge", () => {
  let folder: string;
  let bridge: TestBridge;
  beforeEach(async () => {
    folder = await temporaryFolder();
    await mkdir(join(folder, "x"));
    bridge = await startTestBridge({ audit: { folder: join(folder, "audit") } });
  });
  afterEach(async () => {
    await bridge.dispose();
    await removeFolder(folder);
  });

  async function entries(): Promise<AuditLine[]> {
    const { entries: newest } = await bridge.core.audit.page({ limit: 1000 });
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

  it("is whole after the bridge has stopped", async () => {
    await bridge.execute({ command: "test.echo" });
    await bridge.dispose();
    const { state, files } = await bridge.core.audit.verify();
    assert.deepEqual([state, files.map((file) => file.state)], ["whole", ["whole", "whole"]]);
  });
});
