import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { editorUser } from "../../../src/core/access/principal.ts";
import { type Answer, callPort } from "../httpClient.ts";
import { TEST_TOKEN } from "../testBridge.ts";
import { until } from "../until.ts";
import type { ClientBridge } from "./clientBridge.ts";

/** JSON of a real bridge, by the name of the class of the Dart client that reads it. */
export type Fixtures = Readonly<Record<string, readonly unknown[]>>;

const FOLDER = "/home/user/project";
const CHALLENGE = "0123456789abcdef";

/** Lets a bridge write one sample or more of everything that the Dart client reads. */
export async function recordFixtures(client: ClientBridge): Promise<Fixtures> {
  const recorder = new Recorder(client);
  await recorder.executions();
  await recorder.questions();
  await recorder.failures();
  await recorder.queries();
  await recorder.chats();
  await recorder.pairing();
  await recorder.events();
  const home = client.env["KIRO_BRIDGE_HOME"] ?? "";
  recorder.add("_BridgeEntry", JSON.parse(await readFile(join(home, "bridge.json"), "utf8")));
  return masked(recorder.samples, home);
}

class Recorder {
  readonly samples: Record<string, unknown[]> = {};
  readonly #bridge: ClientBridge["bridge"];
  readonly #release: () => void;

  constructor({ bridge, release }: ClientBridge) {
    this.#bridge = bridge;
    this.#release = release;
  }

  add(name: string, ...values: readonly unknown[]): void {
    (this.samples[name] ??= []).push(...values);
  }

  async executions(): Promise<void> {
    this.add("ExecuteCommandResponse", await this.#execute("test.echo", ["hello"]), await this.#execute("test.fails"));
    const held = [];
    for (let count = 0; count < 4; count++) held.push(await this.#execute("test.held", [], "respond-async"));
    this.add("ExecuteCommandResponse", held[0]);
    const last = String(held.at(-1)?.["executionId"]);
    this.add("CancelResponse", await this.#json(`/api/kiro/executions/${last}/cancel`, {}));
    this.#release();
    await until(() => this.#bridge.core.executions.active.size === 0);
    this.add("CommandExecution", await this.#json(`/api/kiro/executions/${last}`));
  }

  /** A turn whose tool needs a permission. */
  async questions(): Promise<void> {
    const asks = { command: "kiro.cli.chat", args: ["[[fake:tool]]"], session: "questions" };
    const { json } = await this.#bridge.execute(asks);
    const { executionId, questionId, inputType, choices } = json;
    this.add("ExecuteCommandResponse", json);
    this.add("CommandExecution", await this.#json(`/api/kiro/executions/${String(executionId)}`));
    const value: unknown = Array.isArray(choices) ? choices[0] : "";
    this.add(
      "UserInputResponse",
      await this.#json("/api/kiro/input", { executionId, questionId, type: inputType, value }),
    );
    this.add("CommandExecution", await this.#json(`/api/kiro/executions/${String(executionId)}?wait=50`));
  }

  async failures(): Promise<void> {
    const name = "KiroBridgeException";
    this.add(
      name,
      await this.#json("/api/kiro/execute", { command: "" }),
      await this.#json("/api/kiro/executions/none"),
    );
    this.add(name, await this.#json("/api/kiro/execute", { command: "test.held", timeoutMs: 1 }));
    this.#release();
  }

  async queries(): Promise<void> {
    this.add("KiroStatusResponse", await this.#json("/api/kiro/status"));
    this.add("KiroStatus", await this.#json("/api/kiro/status?fields=status,currentCommand,version"));
    this.add("HealthResponse", await this.#json("/health"), await this.#json(`/health?challenge=${CHALLENGE}`));
    this.add("ExecutionList", await this.#json("/api/kiro/executions?limit=1"));
    this.add("WindowListing", ...listIn(await this.#json("/api/kiro/windows"), "windows"));
    this.add("Command", ...listIn(await this.#json("/api/kiro/commands?query=test&limit=2"), "commands"));
    this.add("KiroSession", ...listIn(await this.#json("/kiro/sessions"), "sessions"));
    this.add("Ticket", await this.#json("/api/kiro/tickets", {}));
  }

  async chats(): Promise<void> {
    const text = Buffer.from('{"ok":true}').toString("base64");
    const prompt = `[[fake:say text=${text}]]`;
    this.add(
      "ChatResponse",
      await this.#json("/kiro/chat", { prompt, schema: { type: "object" }, session: "questions" }),
    );
    const asks = () => [...this.#bridge.core.executions.active].find(({ pendingInput }) => pendingInput !== undefined);
    const streamed = this.#call(
      "/kiro/chat",
      { prompt: "[[fake:tool]]", session: "questions" },
      { Accept: "text/event-stream" },
    );
    await until(() => asks() !== undefined);
    const { id: executionId, pendingInput } = asks() ?? {};
    await this.#json("/api/kiro/input", { executionId, type: "choice", value: pendingInput?.choices?.[0] });
    const discarded = this.#call("/kiro/chat", { prompt: "[[fake:discard]]" }, { Accept: "text/event-stream" });
    for (const { text: stream } of [await streamed, await discarded])
      this.add(
        "ChatEvent",
        ...oneOfEach(
          messagesIn(stream).map(({ event, data }) => ({ event, data })),
          ({ event }) => event,
        ),
      );
  }

  async pairing(): Promise<void> {
    const { pairings } = this.#bridge.core.access;
    const asked = await callPort(this.#bridge.port, "/api/kiro/pair", { body: { name: "Dart", role: "ci" } });
    this.add("_PairPending", asked.json);
    pairings.decide(pairings.pending[0]?.id ?? "", { decision: "allow" }, editorUser);
    this.add("PairedClient", (await callPort(this.#bridge.port, String(asked.headers.location))).json);
  }

  /** One event of each type that has occurred. */
  async events(): Promise<void> {
    const { lastId } = this.#bridge.core.events;
    const abort = new AbortController();
    const headers = { Authorization: `Bearer ${TEST_TOKEN}`, Accept: "text/event-stream" };
    const url = `http://127.0.0.1:${this.#bridge.port}/api/kiro/events?since=0`;
    const response = await fetch(url, { headers, signal: abort.signal });
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.includes(`:${lastId}\n`) && text.endsWith("\n\n")) break;
    }
    abort.abort();
    const events = messagesIn(text).map(({ data }) => data);
    this.add("BridgeEvent", ...oneOfEach(events, ({ type }) => String(type)));
  }

  async #execute(command: string, args: readonly string[] = [], prefer?: string): Promise<Record<string, unknown>> {
    const answer = await this.#bridge.execute({ command, args }, prefer === undefined ? {} : { Prefer: prefer });
    return answer.json;
  }

  #call(path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#bridge.call(path, { headers, ...(body !== undefined && { body }) });
  }

  async #json(path: string, body?: object): Promise<Record<string, unknown>> {
    return (await this.#call(path, body)).json;
  }
}

interface Message {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

function messagesIn(stream: string): Message[] {
  return stream.split("\n\n").flatMap((block) => {
    const data = /^data: ?(.*)$/m.exec(block)?.[1];
    if (data === undefined) return [];
    const parsed: Record<string, unknown> = JSON.parse(data);
    return [{ event: /^event: ?(.*)$/m.exec(block)?.[1] ?? "", data: parsed }];
  });
}

function listIn(body: Readonly<Record<string, unknown>>, name: string): unknown[] {
  const list = body[name];
  return Array.isArray(list) ? list : [];
}

function oneOfEach<T>(items: readonly T[], kindOf: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [kindOf(item), item])).values()];
}

/** Replaces what belongs to this machine and this run. */
function masked(samples: Readonly<Record<string, unknown[]>>, home: string): Fixtures {
  const text = JSON.stringify(samples)
    .replaceAll(JSON.stringify(home).slice(1, -1), FOLDER)
    .replaceAll(/kbt_([a-z\d]{12})_[\w-]{43}/g, `kbt_$1_${"0".repeat(43)}`)
    .replaceAll(TEST_TOKEN, "0".repeat(43))
    .replaceAll(/"pid":\d+/g, '"pid":4242')
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:3001");
  return JSON.parse(text) as Fixtures;
}
