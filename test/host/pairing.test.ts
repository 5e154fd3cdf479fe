import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import { withSettings } from "./bridgeSettings.ts";
import { bridgeHome, runOwn, waitForBridge } from "./support.ts";

describe("A bridge whose programs must be let in", () => {
  it("publishes no token, and gives one to a program that is allowed", async () => {
    const before = await waitForBridge();
    await withSettings({ "auth.discovery": "pair" }, async ({ url, token: published, file }) => {
      const call = async (path: string, token?: string, body?: object) => {
        const answer = await fetch(url + path, {
          headers: {
            ...(token !== undefined && { authorization: `Bearer ${token}` }),
            ...(body !== undefined && { "content-type": "application/json" }),
          },
          ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
        });
        return {
          status: answer.status,
          location: answer.headers.get("location") ?? "",
          body: (await answer.json()) as Record<string, unknown>,
        };
      };
      assert.equal(published, "");
      assert.ok(!(await readFile(file, "utf8")).includes("token"));
      assert.equal(existsSync(join(bridgeHome(), "token")), false);
      assert.equal((await call("/api/kiro/status", before.token)).status, 401);

      await runOwn("copyToken");
      const own = await vscode.env.clipboard.readText();
      const asked = await call("/api/kiro/pair", undefined, { name: "A tool", scopes: ["status:read"] });
      assert.equal(asked.status, 202);
      const { requests } = (await call("/api/kiro/access/requests", own)).body as { requests: { id: string }[] };
      const [{ id } = assert.fail()] = requests;
      await call(`/api/kiro/access/requests/${id}`, own, { decision: "allow" });
      const { token } = (await call(asked.location)).body as { token: string };
      assert.equal((await call("/api/kiro/status", token)).status, 200);
      const { status, body } = await call("/api/kiro/execute", token, { command: "workbench.action.closeSidebar" });
      assert.deepEqual([status, body["context"]], [403, { rule: "scope", scope: "commands:run" }]);
      assert.ok(!(await readFile(join(bridgeHome(), "access.json"), "utf8")).includes(token.slice(17)));
    });
    const after = await waitForBridge();
    assert.notEqual(after.token, "");
  });
});
