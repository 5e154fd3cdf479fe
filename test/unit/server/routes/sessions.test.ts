import assert from "node:assert/strict";
import { chatResponseSchema, sessionListSchema } from "../../../../src/protocol/chat.ts";
import { until } from "../../../support/until.ts";
import { KiroBridge } from "./kiroBridge.ts";

describe("/kiro/sessions", () => {
  let handlers: KiroBridge;
  before(async () => {
    handlers = await new KiroBridge().listen();
  });
  after(() => handlers.dispose());

  it("lists the sessions, and closes one by id", async () => {
    await handlers.chat({ prompt: "Still there?", session: "seed" });
    const list = sessionListSchema.parse((await handlers.call("/kiro/sessions")).json);
    const seed = list.sessions.find(({ name }) => name === "seed");
    assert.equal(seed?.transport, "acp");
    const closed = await handlers.call(`/kiro/sessions/${seed?.id}`, { method: "DELETE" });
    assert.deepEqual([closed.status, closed.json], [200, { closed: true, sessionId: seed?.id }]);
    await until(() => !handlers.rig.kiro.sessions().some(({ name }) => name === "seed"));
    assert.equal((await handlers.call("/kiro/sessions/sess-0", { method: "DELETE" })).status, 404);
    const { sessionId } = chatResponseSchema.parse((await handlers.chat({ prompt: "Hi", session: "by name" })).json);
    const byName = await handlers.call("/kiro/sessions/by%20name", { method: "DELETE" });
    assert.deepEqual([byName.status, byName.json], [200, { closed: true, sessionId }]);
  });

  it("denies listing and closing sessions with the corresponding commands", async () => {
    const list = async () => (await handlers.call("/kiro/sessions")).status;
    const close = async () => (await handlers.call("/kiro/sessions/sess-0", { method: "DELETE" })).status;
    handlers.deny("kiro.cli.listSessions");
    assert.deepEqual([await list(), await close()], [403, 404]);
    handlers.deny("kiro.cli.closeSession");
    assert.deepEqual([await list(), await close()], [200, 403]);
    handlers.deny("nothing");
  });
});
