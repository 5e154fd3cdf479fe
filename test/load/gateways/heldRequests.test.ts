import assert from "node:assert/strict";
import { Agent } from "node:http";
import { callPort } from "../../support/httpClient.ts";
import { type FakePrincipal, FakePrincipals } from "../../support/fakePrincipals.ts";
import { ScriptedAgent } from "../../support/gateways/scriptedAgent.ts";
import { leastHeldBytes } from "../../support/measures/heldBytes.ts";
import { startTestBridge, type TestBridge } from "../../support/testBridge.ts";

const MEBIBYTE = 1024 * 1024;
const TURNS = 400;
const CLIENTS = 20;
/** Turns before the first measurement, after which everything that is kept for a while is there. */
const WARM_UP = 100;
/** Of a history of 1.2 MB. */
const MESSAGES = 40;
const MESSAGE_LENGTH = 30_000;

/** The conversation of a client: a history of 1.2 MB, to which each turn adds. */
class Conversation {
  readonly #path: string;
  readonly #principal: FakePrincipal;
  #messages: string;
  #turns = 0;

  constructor(path: string, principal: FakePrincipal) {
    this.#path = path;
    this.#principal = principal;
    this.#messages = this.#history();
  }

  async ask({ port }: TestBridge, agent: Agent): Promise<void> {
    // As an editor does that compacts: from time to time it is another conversation.
    if (++this.#turns % 4 === 0) this.#messages = this.#history();
    const question = `Question ${this.#turns}`;
    const messages = `${this.#messages},${JSON.stringify({ role: "user", content: question })}`;
    const body = `{"model":"kiro","max_tokens":1000,"messages":[${messages}]}`;
    const headers = {
      Authorization: `Bearer ${this.#principal.token}`,
      "Content-Type": "application/json",
      "anthropic-version": "2023-06-01",
    };
    const { status, text } = await callPort(port, this.#path, { body, agent, headers });
    assert.equal(status, 200, text);
    assert.ok(text.includes(`answer ${this.#turns}`), text);
    this.#messages = `${messages},${JSON.stringify({ role: "assistant", content: `answer ${this.#turns}` })}`;
  }

  #history(): string {
    const { id } = this.#principal;
    const messages = Array.from({ length: MESSAGES }, (_, at) => ({
      role: at % 2 === 0 ? "user" : "assistant",
      content: `${id} ${this.#turns} ${at} `.padEnd(MESSAGE_LENGTH, "long "),
    }));
    return JSON.stringify(messages).slice(1, -1);
  }
}

describe("Long conversations of many clients", () => {
  const principals = new FakePrincipals();
  const kiro = new ScriptedAgent();
  let bridge: TestBridge;

  before(async () => {
    kiro.answer = ({ text }, context) => {
      kiro.heard.length = 0;
      context.output(`answer ${text.slice(-10).match(/\d+$/)?.[0]}`);
      return Promise.resolve("end_turn");
    };
    bridge = await startTestBridge({ agent: kiro, principals });
  });
  after(() => bridge.dispose());

  it("leave nothing of their requests behind", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const conversations = Array.from({ length: CLIENTS }, (_, at) => {
      const path = at % 2 === 0 ? "/v1/chat/completions" : "/v1/messages";
      return new Conversation(path, principals.add(`client-${at}`, { scopes: ["agents:prompt"] }));
    });
    const heldByBridge = async (): Promise<number> => {
      const records = [...bridge.core.executions.all.values()].reduce((sum, { weight }) => sum + weight, 0);
      return (await leastHeldBytes()) - records;
    };
    let before = 0;
    for (let turn = 0; turn < TURNS; turn++) {
      if (turn === WARM_UP) before = await heldByBridge();
      await conversations[turn % CLIENTS]?.ask(bridge, agent);
    }
    const grown = (await heldByBridge()) - before;
    agent.destroy();
    // The log of events may grow to 16 MiB.
    assert.ok(grown < 20 * MEBIBYTE, `${grown} bytes`);
  });
});
