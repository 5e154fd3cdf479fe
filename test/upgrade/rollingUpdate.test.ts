import assert from "node:assert/strict";
import { join } from "node:path";
import * as z from "zod";
import { windowListSchema } from "../../src/protocol/status.ts";
import { verifyAudit } from "../../src/access/audit/reading/verifyAudit.ts";
import { auditFolder } from "../../src/access/audit/auditFolder.ts";
import { buildEarlier, hasCommit } from "../support/upgrade/earlierBuild.ts";
import { hasPart } from "../support/upgrade/leaveTraces.ts";
import { versionsToTest } from "../support/upgrade/versionsToTest.ts";
import { WindowGroup } from "../support/windows/windowGroup.ts";
import type { WindowProcess } from "../support/windows/windowProcess.ts";

/** An editor reloads its windows one by one: for a while, windows of both versions share the address. */
for (const version of (await versionsToTest()).filter(({ name }) => hasPart(name, "windows"))) {
  describe(`Windows of this version and of "${version.name}" at one address`, function () {
    this.timeout(900_000);
    let main: string;
    let group: WindowGroup;

    before(async function () {
      if (!(await hasCommit(version.commit))) this.skip();
      main = join((await buildEarlier(version)).folder, "test", "support", "windows", "windowMain.ts");
    });
    beforeEach(async () => {
      group = await WindowGroup.create();
    });
    afterEach(() => group?.dispose());

    const startOld = (id: string): Promise<WindowProcess> => group.start(id, { main });
    const startNew = (id: string): Promise<WindowProcess> => group.start(id);

    /** Each window is listed, and gets the requests for it. */
    async function reaches(...ids: readonly string[]): Promise<void> {
      const { windows } = windowListSchema.parse(await group.get("/api/kiro/windows"));
      assert.deepEqual(windows.map(({ id }) => id).toSorted(), ids.toSorted());
      for (const id of ids) {
        for (const place of [{ windowId: id }, { workspacePath: group.folderOf(id) }]) {
          const sent = await group.execute({ command: "test.windowId", ...place });
          assert.deepEqual(sent.kind === "answer" && [sent.httpStatus, sent.body.output], [200, id]);
        }
        const chat = await group.execute({ command: "kiro.cli.chat", args: [`count 3`], windowId: id });
        assert.equal(chat.kind === "answer" && chat.body.output, "1 2 3 ");
      }
    }

    it("forward to each other, and take the address over, when the earlier one owns it", async () => {
      const old = await startOld("old");
      const first = await startNew("first");
      assert.equal(await group.settled([old, first]), old);
      await reaches("old", "first");
      const key = { "idempotency-key": "sent-before" };
      const before = await group.execute({ command: "test.windowId", windowId: "first" }, key);
      await old.end();
      await first.whenAddress(({ role, port }) => role === "owner" && port === group.port);
      const second = await startNew("second");
      await group.settled([first, second]);
      await reaches("first", "second");
      const repeated = await group.execute({ command: "test.windowId", windowId: "first" }, key);
      assert.deepEqual(
        [before, repeated].map((sent) => sent.kind === "answer" && sent.body.executionId !== undefined),
        [true, true],
      );
      const [one, other] = [before, repeated].map((sent) => (sent.kind === "answer" ? sent.body.executionId : ""));
      assert.equal(one, other, "the key ran twice");
    });

    it("forward to each other, and take the address over, when this one owns it", async () => {
      const first = await startNew("first");
      const old = await startOld("old");
      assert.equal(await group.settled([first, old]), first);
      await reaches("first", "old");
      await first.end();
      await old.whenAddress(({ role, port }) => role === "owner" && port === group.port);
      const second = await startNew("second");
      await group.settled([old, second]);
      await reaches("old", "second");
      await old.kill();
      await second.whenAddress(({ role, port }) => role === "owner" && port === group.port);
      await reaches("second");
    });

    it("write one history and one audit log, which both can read", async () => {
      const old = await startOld("old");
      const first = await startNew("first");
      await group.settled([old, first]);
      const ids: string[] = [];
      for (const windowId of ["old", "first", "old", "first"]) {
        const sent = await group.execute({ command: "test.windowId", windowId });
        if (sent.kind === "answer") ids.push(sent.body.executionId ?? "");
      }
      await old.end();
      await first.end();
      const last = await startOld("last");
      const next = await startNew("next");
      for (const window of [last, next]) {
        const url = window.address?.url;
        for (const id of ids) {
          const { status } = z
            .looseObject({ status: z.string().optional() })
            .parse(await group.get(`/api/kiro/executions/${id}?windowId=${window.id}`, url));
          assert.equal(status, "completed", id);
        }
      }
      const { state, files } = await verifyAudit(auditFolder(group.discovery));
      // The index, and the files of both versions.
      assert.ok(state === "whole" && files.length >= 3, JSON.stringify(files));
    });
  });
}
