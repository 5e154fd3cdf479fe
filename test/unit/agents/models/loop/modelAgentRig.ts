import assert from "node:assert/strict";
import { callClock } from "../../../../../src/base/pause.ts";
import { silentLogger } from "../../../../../src/base/logger.ts";
import type { AgentTools } from "../../../../../src/core/models/agentTools.ts";
import type { ConversationItem } from "../../../../../src/core/models/step.ts";
import { engineSchema } from "../../../../../src/agents/engines/engineSettings.ts";
import type { OpenConversation, UsageEntry, UsageLedger } from "../../../../../src/agents/engines/ports.ts";
import { Compactor } from "../../../../../src/agents/models/compaction/compactor.ts";
import { Engine } from "../../../../../src/agents/models/engine.ts";
import { ModelAgent } from "../../../../../src/agents/models/loop/modelAgent.ts";
import { TemporaryConversations } from "../../../../../src/agents/models/memory/temporaryConversations.ts";
import { type ScriptedStep, ScriptedWire } from "../../../../support/models/scriptedWire.ts";
import { HeardTurn } from "../../kiro/acp/simulatedAcp.ts";

/** A ledger without limits, unless the test sets one. */
export class FakeLedger implements UsageLedger {
  readonly entries: UsageEntry[] = [];
  refusal: Error | undefined;

  async assertWithin(): Promise<void> {
    if (this.refusal !== undefined) throw this.refusal;
  }

  record(entry: UsageEntry): void {
    this.entries.push(entry);
  }
}

/** A turn with tools. */
export class ToolTurn extends HeardTurn {
  readonly tools: AgentTools | undefined;

  constructor(tools?: AgentTools) {
    super();
    this.tools = tools;
  }
}

interface RigOptions {
  /** Of the engine, in place of those of a scripted model. */
  readonly settings?: object;
  readonly conversation?: OpenConversation;
}

/** An agent with a scripted model, and everything that it tells. */
export class ModelAgentRig {
  readonly wire: ScriptedWire;
  readonly ledger = new FakeLedger();
  readonly conversation: OpenConversation;
  readonly agent: ModelAgent;

  constructor(steps: readonly ScriptedStep[], { settings = {}, conversation }: RigOptions = {}) {
    this.wire = new ScriptedWire(steps);
    this.conversation = conversation ?? new TemporaryConversations().temporary();
    const engine = new Engine(engineSchema.parse({ id: "local", wire: "openai-chat", ...settings }), this.wire);
    const { contextTokens, limits } = engine.settings;
    this.agent = new ModelAgent(
      {
        engine,
        conversation: this.conversation,
        compactor: new Compactor({ contextTokens, maxOutputTokens: limits.maxOutputTokens }),
        ledger: this.ledger,
        clock: callClock,
        logger: silentLogger,
      },
      { workspacePath: "/work/project", sessionId: "sess-1" },
    );
  }

  get items(): readonly ConversationItem[] {
    return this.conversation.items;
  }

  /** Checks that each call has its result, and each prompt an answer: what vendors demand. */
  assertComplete(): void {
    assertComplete(this.items);
  }
}

function assertComplete(items: readonly ConversationItem[]): void {
  for (const [at, item] of items.entries()) {
    const next = items[at + 1];
    const called = item.role === "assistant" ? item.parts.filter((part) => part.type === "call") : [];
    const results = next?.role === "results" ? next.results : [];
    assert.deepEqual(
      results.map(({ callId }) => callId),
      called.map(({ id }) => id),
    );
    if (item.role === "user") assert.equal(next?.role, "assistant");
    if (item.role === "results") assert.ok(next === undefined || next.role !== "results");
  }
}

export const forGood: AbortSignal = new AbortController().signal;
