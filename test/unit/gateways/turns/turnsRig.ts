import { extractJson } from "../../../../src/agents/kiro/text/jsonAnswer.ts";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { owner, type Principal } from "../../../../src/core/access/principal.ts";
import { AgentTurns } from "../../../../src/gateways/turns/agentTurns.ts";
import type { TurnSettings } from "../../../../src/gateways/turns/turnSettings.ts";
import type {
  ClientTool,
  Message,
  Piece,
  ToolUse,
  TurnRequest,
  TurnResponse,
} from "../../../../src/gateways/turns/turn.ts";
import { isBridgeError } from "../../../../src/protocol/errors.ts";
import { makeCore } from "../../../support/core.ts";
import { FakeLentServers } from "../../../support/gateways/fakeLentServers.ts";
import { ScriptedAgent } from "../../../support/gateways/scriptedAgent.ts";
import { sourceSchemaChecks } from "../../../support/schemaChecks.ts";
import { ManualClock } from "../../../support/windows/manualClock.ts";

const defaults: TurnSettings = {
  "gateways.clientTools": "lend",
  "gateways.activity": "reasoning",
  "gateways.modelAliases": {},
  "gateways.sideModel": "",
  "gateways.enforceMaxTokens": false,
  "gateways.maxSessions": 8,
};

/** A response that was read to its end. */
export interface ReadResponse {
  readonly response: TurnResponse;
  readonly pieces: readonly Piece[];
  readonly text: string;
  readonly calls: readonly ToolUse[];
  readonly last: Piece | undefined;
}

let lastReplayKey = 0;

/** The turns of a bridge without its server, with an agent that the test writes. Time passes when the test says so. */
export class TurnsRig {
  readonly agent = new ScriptedAgent();
  readonly clock = new ManualClock();
  readonly lent = new FakeLentServers();
  readonly core = makeCore({ agent: this.agent });
  readonly models: string[] = [];
  settings: TurnSettings = defaults;
  readonly turns: AgentTurns;
  readonly #store = new DisposableStore();

  constructor({ hasLentServers = true } = {}) {
    const schemas = this.#store.add(sourceSchemaChecks());
    this.turns = this.#store.add(
      new AgentTurns({
        dispatcher: this.core.dispatcher,
        events: this.core.events,
        models: { list: () => Promise.resolve(this.models) },
        lentServers: hasLentServers ? this.lent : undefined,
        closeSession: (name) => this.agent.closeSession(name),
        extractJson,
        schemas,
        windowId: "window-1",
        settings: () => this.settings,
        clock: this.clock,
        logger: silentLogger,
      }),
    );
  }

  set(settings: Partial<TurnSettings>): void {
    this.settings = { ...this.settings, ...settings };
  }

  /** Number of executions so far. */
  get executions(): number {
    return this.core.executions.all.size;
  }

  respond(request: TurnRequest): Promise<TurnResponse> {
    return this.turns.respond(request);
  }

  /** Responds, and reads to the end as a client does. */
  async ask(request: TurnRequest): Promise<ReadResponse> {
    return await read(await this.respond(request));
  }

  async dispose(): Promise<void> {
    await this.#store.dispose();
    this.core.dispatcher.dispose();
  }
}

export async function read(response: TurnResponse, isWhole = false): Promise<ReadResponse> {
  const pieces: Piece[] = [];
  for await (const piece of response.pieces(new AbortController().signal, isWhole)) pieces.push(piece);
  response.arrived();
  const text = pieces.map((piece) => (piece.type === "text" ? piece.text : "")).join("");
  const calls = pieces.flatMap((piece) => (piece.type === "calls" ? piece.calls : []));
  return { response, pieces, text, calls, last: pieces.at(-1) };
}

/** Each request is another one, unless `replayKey` says otherwise. */
export function request(
  messages: readonly Message[],
  more: Partial<TurnRequest> & { as?: Principal } = {},
): TurnRequest {
  const { as: principal = owner, ...fields } = more;
  return {
    caller: { principal, via: "http", program: "test" },
    model: "kiro",
    messages,
    tools: [],
    toolChoice: "auto",
    stop: [],
    replayKey: `request ${++lastReplayKey}`,
    ...fields,
  };
}

export function user(text: string): Message {
  return { role: "user", content: [{ type: "text", text }] };
}

export function system(text: string): Message {
  return { role: "system", text };
}

export function assistant(text: string, calls: readonly ToolUse[] = [], keys: readonly string[] = []): Message {
  return { role: "assistant", text, calls, keys };
}

export function result(callId: string, text: string, isError = false): Message {
  return { role: "tool", callId, content: [{ type: "text", text }], isError };
}

export function tool(name: string): ClientTool {
  return { name, description: `Does ${name}.`, parameters: { type: "object" } };
}

/** Returns the error with which a promise rejects. */
export async function failureOf(work: Promise<unknown>) {
  try {
    await work;
  } catch (error) {
    if (isBridgeError(error)) return error;
    throw error;
  }
  throw new Error("It did not fail.");
}
