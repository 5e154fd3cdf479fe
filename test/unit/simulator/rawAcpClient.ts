import { expectedAnswer } from "../../fixtures/simulator/answers.ts";
import { isObject } from "../../fixtures/simulator/jsonExample.ts";
import { spawnSimulator, type SimulatorProcess } from "../../support/simulator.ts";

const WORDS = 12;

export type Received = Readonly<Record<string, unknown>>;
export type SimulatorUpdate = Received & { readonly sessionUpdate: string };

/**
 * A client that believes nothing: it looks at the lines as they are. For what an honest client library hides, such
 * as unknown updates, noise and second responses. The library's own view is in acpPeer.test.ts.
 */
export class RawAcpClient {
  readonly simulator: SimulatorProcess;
  #nextId = 0;

  constructor(env: Readonly<Record<string, string>> = {}, args: readonly string[] = []) {
    this.simulator = spawnSimulator(["acp", ...args], env);
  }

  /** Lines that are JSON objects, in the order of their arrival. */
  received(): Received[] {
    return this.lines().flatMap((line) => {
      const value = parse(line);
      return isObject(value) ? [value] : [];
    });
  }

  lines(): string[] {
    return this.simulator.stdout().split("\n").slice(0, -1);
  }

  send(message: Received): void {
    this.simulator.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }

  /** Sends a request without waiting; gives its id. */
  start(method: string, params: Received): number {
    const id = this.#nextId++;
    this.send({ id, method, params });
    return id;
  }

  async response(id: number): Promise<Received> {
    await this.simulator.until(`a response to ${id}`, () => this.#responseTo(id) !== undefined);
    return this.#responseTo(id) ?? {};
  }

  async request(method: string, params: Received): Promise<Received> {
    return await this.response(this.start(method, params));
  }

  async newSession(): Promise<string> {
    await this.request("initialize", { protocolVersion: 1, clientCapabilities: {} });
    const { result } = await this.request("session/new", { cwd: process.cwd(), mcpServers: [] });
    return String(isObject(result) ? result["sessionId"] : result);
  }

  startPrompt(sessionId: string, text: string): number {
    return this.start("session/prompt", { sessionId, prompt: [{ type: "text", text }] });
  }

  /** A whole turn in a new session; gives the response. */
  async turn(text: string): Promise<Received> {
    const sessionId = await this.newSession();
    return await this.response(this.startPrompt(sessionId, text));
  }

  /** The updates of one session, or of all. */
  updates(sessionId?: string): SimulatorUpdate[] {
    return this.received().flatMap(({ method, params }) => {
      if (
        method !== "session/update" ||
        !isObject(params) ||
        (sessionId !== undefined && params["sessionId"] !== sessionId)
      )
        return [];
      const { update } = params;
      return isObject(update) && typeof update["sessionUpdate"] === "string"
        ? [{ ...update, sessionUpdate: update["sessionUpdate"] }]
        : [];
    });
  }

  text(sessionId?: string): string {
    return this.updates(sessionId)
      .filter(({ sessionUpdate }) => sessionUpdate === "agent_message_chunk")
      .map(({ content }) => (isObject(content) ? String(content["text"]) : ""))
      .join("");
  }

  /** Questions of the agent, oldest first. */
  questions(): Received[] {
    return this.received().filter(({ method, id }) => method === "session/request_permission" && id !== undefined);
  }

  async question(index = 0): Promise<Received> {
    await this.simulator.until(`question ${index}`, () => this.questions().length > index);
    return this.questions()[index] ?? {};
  }

  answer(question: Received, outcome: Received): void {
    this.send({ id: question["id"], result: { outcome } });
  }

  #responseTo(id: number): Received | undefined {
    return this.received().find((message) => message["id"] === id && !("method" in message));
  }
}

/** The result of a response, as an object. */
export function resultOf(response: Received): Received {
  return isObject(response["result"]) ? response["result"] : {};
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // Noise, which some scenarios send on purpose.
  }
}

/** The error of a response, as an object. */
export function errorOf(response: Received): Received {
  return isObject(response["error"]) ? response["error"] : {};
}

/** The outcome that chooses an option. */
export function selected(optionId: string): Received {
  return { outcome: "selected", optionId };
}

/** Kind and id of each option of a question, in its order. */
export function optionsOf({ params }: Received): unknown {
  const options: unknown = isObject(params) ? params["options"] : undefined;
  return Array.isArray(options) ? options.filter(isObject).map(({ kind, optionId }) => [kind, optionId]) : options;
}

/** What a turn answers with the number of words that `spawnSimulator` asks for. */
export function answerTo(prompt: string, turn = 1): string {
  return expectedAnswer(turn, prompt, WORDS);
}
