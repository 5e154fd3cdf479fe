import assert from "node:assert/strict";
import { chatResponseSchema, sessionListSchema } from "../../../../src/protocol/chat.ts";
import { owner } from "../../../../src/core/access/principal.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
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

  it("shows and closes only the sessions of a principal that may not read all conversations", async () => {
    await handlers.chat({ prompt: "Hi", session: "of the owner" });
    const list = async () => sessionListSchema.parse((await handlers.call("/kiro/sessions")).json).sessions;
    const [shared] = (await list()).filter(({ name }) => name === "of the owner");
    const close = (id: string | undefined) => handlers.call(`/kiro/sessions/${id}`, { method: "DELETE" });
    const refusalOf = async (id: string | undefined) => {
      const { status, json } = await close(id);
      return { status, ...(json as object), timestamp: undefined };
    };
    handlers.principal = new FakePrincipals().add("ci");
    try {
      assert.deepEqual(await list(), []);
      const [unknown, ...hidden] = await Promise.all(["sess-0", shared?.id, "of%20the%20owner"].map(refusalOf));
      assert.deepEqual(hidden, [unknown, unknown]);
      await handlers.chat({ prompt: "Hi", session: "of ci" });
      const [own] = await list();
      assert.deepEqual([own?.name, own?.principalId], ["of ci", "ci"]);
      assert.equal((await close(own?.id)).status, 200);
    } finally {
      handlers.principal = owner;
    }
    assert.ok((await list()).some(({ id }) => id === shared?.id));
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
