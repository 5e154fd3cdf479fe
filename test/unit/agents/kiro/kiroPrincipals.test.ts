import assert from "node:assert/strict";
import { type Caller, ownerProgram, type Principal } from "../../../../src/core/access/principal.ts";
import { visibleEvent } from "../../../../src/core/access/visibleEvent.ts";
import type { Execution } from "../../../../src/core/executions/execution.ts";
import { sessionListSchema } from "../../../../src/protocol/chat.ts";
import { expectedAnswer } from "../../../fixtures/simulator/answers.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { KiroCliRig } from "./kiroCliRig.ts";

const by = (principal: Principal): Caller => ({ principal, via: "http" });

describe("Kiro CLI, used by several principals", () => {
  const principals = new FakePrincipals();
  const ci = by(principals.add("ci"));
  const operator = by(principals.add("operator", { role: "operator" }));
  const reader = by(principals.add("reader", { scopes: ["agents:prompt", "history:read"] }));
  let rig: KiroCliRig;

  beforeEach(() => {
    rig = new KiroCliRig();
  });
  afterEach(() => rig.dispose());

  const run = async (caller: Caller, command: string, arg?: string, session?: string): Promise<Execution> => {
    const execution = await rig.dispatcher.submit(
      {
        command: `kiro.cli.${command}`,
        ...(arg !== undefined && { args: [arg] }),
        ...(session !== undefined && { session }),
      },
      caller,
    );
    await execution.settled;
    return execution;
  };
  const sessionsOf = async (caller: Caller) =>
    sessionListSchema.parse((await run(caller, "listSessions")).end.result).sessions.map(({ id }) => id);

  it("does not let one without history:read read or continue the conversation of another", async () => {
    const words = 20;
    const first = await run(ownerProgram, "chat", "My secret");
    const [second, third] = [await run(ci, "chat", "What did I say?"), await run(ci, "chat", "Again?", "sess-1")];
    assert.equal(first.sessionId, "sess-1");
    assert.deepEqual([second.sessionId, third.sessionId], ["sess-2", "sess-3"]);
    // The simulator counts the turns of a conversation.
    assert.equal(second.output.text, expectedAnswer(1, "What did I say?", words));
    assert.equal(third.output.text, expectedAnswer(1, "Again?", words));
    assert.deepEqual(await sessionsOf(ci), ["sess-2", "sess-3"]);
    assert.deepEqual(await sessionsOf(ownerProgram), ["sess-1", "sess-2", "sess-3"]);
  });

  it("does not let it cancel, renew or close the sessions of another", async () => {
    await run(ownerProgram, "chat", "Hello");
    assert.deepEqual((await run(ci, "cancel")).end.result, { cancelled: false });
    assert.equal((await run(ci, "closeSession", "sess-1")).failure?.code, "NOT_FOUND");
    assert.equal((await run(ci, "closeSession", "default")).failure?.code, "NOT_FOUND");
    await run(ci, "newSession");
    assert.deepEqual(await sessionsOf(ownerProgram), ["sess-1", "sess-2"]);
    const { result } = (await run(ci, "closeSession", "default")).end;
    assert.deepEqual(result, { closed: true, sessionId: "sess-2" });
  });

  it("shares sessions between those who may read and cancel all conversations", async () => {
    const [first, second] = [await run(ownerProgram, "chat", "One"), await run(operator, "chat", "Two")];
    assert.deepEqual([first.sessionId, second.sessionId], ["sess-1", "sess-1"]);
    // Whoever shares a session could cancel the turns of others in it.
    assert.equal((await run(reader, "chat", "Three")).sessionId, "sess-2");
  });

  it("reports the sessions of each to itself and to those who see all events", async () => {
    await run(ownerProgram, "chat", "One");
    await run(ci, "chat", "Two");
    const changes = rig.events.read(0).events.filter(({ type }) => type === "session-changed");
    const seenBy = ({ principal }: Caller): Set<string> =>
      new Set(
        changes.flatMap((event) => {
          const seen = visibleEvent(event, principal);
          return seen?.type === "session-changed" ? [seen.sessionId] : [];
        }),
      );
    assert.deepEqual([...seenBy(ci)], ["sess-2"]);
    assert.deepEqual([...seenBy(operator)], ["sess-1", "sess-2"]);
  });
});
