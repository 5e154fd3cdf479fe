import assert from "node:assert/strict";
import { dirname } from "node:path";
import { IDLE_MS } from "../../../../../src/gateways/turns/session/conversations.ts";
import type { Message } from "../../../../../src/gateways/turns/turn.ts";
import { FakePrincipals } from "../../../../support/fakePrincipals.ts";
import { settled } from "../../../../support/windows/manualClock.ts";
import { assistant, failureOf, read, request, system, tool, TurnsRig, user } from "../turnsRig.ts";

describe("The session that answers", () => {
  let rig: TurnsRig;
  beforeEach(() => {
    rig = new TurnsRig();
  });
  afterEach(() => rig.dispose());

  /** Returns the sessions that the agent has heard so far, as numbers in the order of their first prompt. */
  function sessions(): readonly number[] {
    const names = rig.agent.heard.map(({ session }) => session);
    const order = [...new Set(names)];
    return names.map((name) => order.indexOf(name) + 1);
  }

  function heard(): readonly string[] {
    return rig.agent.heard.map(({ text }) => text);
  }

  const first: readonly Message[] = [user("one")];
  const second: readonly Message[] = [...first, assistant("answer to one"), user("two")];

  it("is the same for a request that goes on with its transcript, and gets only what is new", async () => {
    await rig.ask(request(first));
    await rig.ask(request(second));
    assert.deepEqual(sessions(), [1, 1]);
    assert.deepEqual(heard(), ["one", "two"]);
  });

  it("is a fresh one with the labelled history for a request whose transcript no session has", async () => {
    await rig.ask(request(first));
    const edited = [user("one, edited"), assistant("answer to one"), user("two")];
    const { response } = await rig.ask(request(edited));
    assert.deepEqual(sessions(), [1, 2]);
    assert.equal(heard()[1], "User:\none, edited\n\nAssistant:\nanswer to one\n\nUser:\ntwo");
    assert.equal((await rig.ask(request([...edited, assistant("answer to x"), user("three")]))).text.length > 0, true);
    assert.notEqual(response.session, "");
  });

  it("is a fresh one after a rewind, because the agent cannot forget", async () => {
    await rig.ask(request(first));
    await rig.ask(request(second));
    await rig.ask(request([...first, assistant("answer to one"), user("another two")]));
    assert.deepEqual(sessions(), [1, 1, 2]);
  });

  it("is a fresh one if the instructions have changed, and tells them once if not", async () => {
    await rig.ask(request([system("Be brief."), ...first]));
    const answer = `answer to ${heard()[0]}`;
    await rig.ask(request([system("Be brief."), ...first, assistant(answer), user("two")]));
    await rig.ask(request([system("Be long."), ...first, assistant(answer), user("two")]));
    assert.deepEqual(sessions(), [1, 1, 2]);
    assert.equal(heard()[1], "two");
  });

  it("is a fresh one if the list of tools has changed, whatever its order", async () => {
    await rig.ask(request(first, { tools: [tool("a"), tool("b")] }));
    await rig.ask(request(second, { tools: [tool("b"), tool("a")] }));
    const third = [...second, assistant("answer to two"), user("three")];
    await rig.ask(request(third, { tools: [tool("a")] }));
    assert.deepEqual(sessions(), [1, 1, 2]);
  });

  it("is a fresh one for another folder", async () => {
    const [one, other] = [import.meta.dirname, dirname(import.meta.dirname)];
    rig.core.window.folders = [one, other];
    await rig.ask(request(first, { workspacePath: one }));
    await rig.ask(request(second, { workspacePath: other }));
    await rig.ask(request(second, { workspacePath: one }));
    assert.deepEqual(sessions(), [1, 2, 1]);
  });

  it("is never one of another principal, whatever it sends", async () => {
    const principals = new FakePrincipals();
    const [alice, bob] = [principals.add("alice"), principals.add("bob")];
    const { response } = await rig.ask(request(first, { as: alice }));
    const stolen = [...first, assistant("answer to one", [], [response.key]), user("two")];
    await rig.ask(request(stolen, { as: bob }));
    await rig.ask(request([user("three")], { as: bob, session: response.session ?? "" }));
    await rig.ask(request(second, { as: alice }));
    assert.deepEqual(sessions(), [1, 2, 3, 1]);
  });

  it("is the one of the key in the last answer, of several with the same transcript", async () => {
    const one = await rig.ask(request(first));
    const other = await rig.ask(request(first));
    assert.deepEqual(sessions(), [1, 2]);
    await rig.ask(request([...first, assistant("answer to one", [], [one.response.key]), user("two")]));
    await rig.ask(request([...first, assistant("answer to one", [], ["x", other.response.key]), user("two")]));
    assert.deepEqual(sessions(), [1, 2, 1, 2]);
  });

  it("is not the one of a key whose transcript differs", async () => {
    const { response } = await rig.ask(request(first));
    await rig.ask(request([user("edited"), assistant("answer to one", [], [response.key]), user("two")]));
    assert.deepEqual(sessions(), [1, 2]);
  });

  it("is the one that the client has named, which gets only the last message of the user", async () => {
    const named = { session: "work" };
    const { response } = await rig.ask(request([system("Be brief."), user("one")], named));
    assert.equal(response.session, "work");
    await rig.ask(request([system("Changed."), user("anything"), assistant("else"), user("two")], named));
    assert.deepEqual(sessions(), [1, 1]);
    assert.equal(heard()[1], "two");
  });

  it("is the one that an answer has named in its header", async () => {
    const { response } = await rig.ask(request(first));
    await rig.ask(request([user("two")], { session: response.session ?? "" }));
    assert.deepEqual(sessions(), [1, 1]);
  });

  it("has a name that nobody can guess, also if the client has named it", async () => {
    await rig.ask(request(first, { session: "work" }));
    assert.match(rig.agent.heard[0]?.session ?? "", /^gateway-[\w-]{22}$/);
  });

  it("gets the whole history if it has lost its memory", async () => {
    await rig.ask(request(first));
    rig.agent.remembering.clear();
    await rig.ask(request(second));
    assert.deepEqual(sessions(), [1, 1]);
    assert.equal(heard()[1], "User:\none\n\nAssistant:\nanswer to one\n\nUser:\ntwo");
  });

  it("gets the whole history if the client has named it and it has lost its memory", async () => {
    await rig.ask(request(second, { session: "work" }));
    assert.equal(heard()[0], "User:\none\n\nAssistant:\nanswer to one\n\nUser:\ntwo");
  });

  it("is not one that is working", async () => {
    await rig.ask(request(first));
    const gate = Promise.withResolvers<void>();
    rig.agent.answer = async (_prompt, context) => {
      await gate.promise;
      context.output("late");
      return "end_turn";
    };
    const working = await rig.respond(request(second));
    const other = await rig.respond(request(second));
    gate.resolve();
    await Promise.all([read(working), read(other)]);
    assert.deepEqual(sessions(), [1, 1, 2]);
  });

  it("is not one whose answer was cut, cancelled, refused or has failed, because the agent remembers something else", async () => {
    const ends = [
      async (): Promise<string> => "refusal",
      async (): Promise<string> => Promise.reject(new Error("broken")),
      async (): Promise<string> => "cancelled",
    ];
    for (const end of ends) {
      const before = rig.agent.heard.length;
      rig.agent.answer = async (_prompt, context) => {
        context.output("answer to one");
        return await end();
      };
      await rig.ask(request(first));
      rig.agent.answer = async () => "end_turn";
      await rig.ask(request(second));
      const [one, two] = rig.agent.heard.slice(before);
      assert.notEqual(one?.session, two?.session);
      assert.ok(rig.agent.closed.includes(one?.session ?? ""));
    }
  });

  it("goes on after a request that has not reached the agent", async () => {
    await rig.ask(request(first));
    rig.agent.getReady = async () => Promise.reject(new Error("no process"));
    await rig.ask(request(second));
    rig.agent.getReady = () => Promise.resolve();
    await rig.ask(request(second));
    assert.deepEqual(sessions(), [1, 1]);
    assert.deepEqual(rig.agent.closed, []);
  });

  it("goes on after an answer that the agent itself has cut at its limit", async () => {
    rig.agent.answer = async (_prompt, context) => {
      context.output("answer to one");
      return "max_tokens";
    };
    const { last } = await rig.ask(request(first));
    assert.equal(last?.type === "end" && last.stopReason, "length");
    await rig.ask(request(second));
    assert.deepEqual(sessions(), [1, 1]);
  });

  it("is closed after half an hour without a request", async () => {
    await rig.ask(request(first));
    await rig.clock.pass(IDLE_MS - 1);
    await rig.ask(request(second));
    await rig.clock.pass(IDLE_MS - 1);
    assert.deepEqual(rig.agent.closed, []);
    await rig.clock.pass(1);
    assert.deepEqual(rig.agent.closed, [rig.agent.heard[0]?.session]);
  });

  it("is closed if its client has newer ones up to the limit, which is one of each client", async () => {
    rig.set({ "gateways.maxSessions": 2 });
    const other = new FakePrincipals().add("other");
    await rig.ask(request([user("other")], { as: other }));
    await rig.ask(request([user("a")]));
    await rig.clock.pass(1);
    await rig.ask(request([user("b")]));
    await rig.clock.pass(1);
    await rig.ask(request([user("a"), assistant("answer to a"), user("a again")]));
    await rig.clock.pass(1);
    await rig.ask(request([user("c")]));
    const ofB = rig.agent.heard.find(({ text }) => text === "b")?.session;
    assert.deepEqual(rig.agent.closed, [ofB]);
  });

  it("cannot be had while all sessions of its client are working", async () => {
    rig.set({ "gateways.maxSessions": 1 });
    const gate = Promise.withResolvers<void>();
    rig.agent.answer = async () => {
      await gate.promise;
      return "end_turn";
    };
    const tools = [tool("bash")];
    const working = await rig.respond(request(first, { tools }));
    const error = await failureOf(rig.respond(request([user("other")], { tools })));
    assert.equal(error.code, "RATE_LIMIT_EXCEEDED");
    gate.resolve();
    await read(working);
    await rig.ask(request([user("other")], { tools }));
    assert.equal(rig.executions, 2);
  });

  it("takes its turns one after the other if the client has named it", async () => {
    const gate = Promise.withResolvers<void>();
    rig.agent.answer = async ({ text }, context) => {
      if (text === "one") await gate.promise;
      context.output(text);
      return "end_turn";
    };
    const named = { session: "work" };
    const one = await rig.respond(request([user("one")], named));
    const two = await rig.respond(request([user("two")], named));
    await settled();
    assert.equal(rig.agent.heard.length, 1);
    gate.resolve();
    assert.deepEqual([(await read(one)).text, (await read(two)).text], ["one", "two"]);
    assert.deepEqual(sessions(), [1, 1]);
  });

  it("has a name that fits a header", async () => {
    for (const session of ["", "ä", "a\nb", " a", "x".repeat(101)]) {
      const error = await failureOf(rig.respond(request(first, { session })));
      assert.equal(error.context?.["field"], "X-Kiro-Session");
    }
  });

  it("needs something to answer", async () => {
    const empty: Message = { role: "user", content: [] };
    for (const messages of [[], [empty], [user(" ")], [user("a"), assistant("b"), user("")]]) {
      assert.equal((await failureOf(rig.respond(request(messages)))).context?.["field"], "messages");
    }
    assert.equal(rig.executions, 0);
  });
});
