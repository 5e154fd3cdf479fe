import assert from "node:assert/strict";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { type Caller, ownerProgram } from "../../../src/core/access/principal.ts";
import { Policy } from "../../../src/core/commands/policy.ts";
import type { Execution } from "../../../src/core/executions/execution.ts";
import type { AgentTools, OpenAgentTools } from "../../../src/core/models/agentTools.ts";
import type { CallResult } from "../../../src/core/models/step.ts";
import type { InputRequest } from "../../../src/protocol/input.ts";
import { Placement } from "../../../src/server/windows/placement.ts";
import { noOtherWindows } from "../../../src/server/windows/windows.ts";
import { type AgentToolsDeps, createAgentTools } from "../../../src/tools/agents/agentTools.ts";
import type { Approval } from "../../../src/core/models/agentSettings.ts";
import { type Core, type CoreOptions, makeCore } from "../../support/core.ts";
import { FakeAgent, FakeEditor } from "../../support/fakePorts.ts";
import { until } from "../../support/until.ts";

/** A turn that goes on until the test ends it, with its tools. */
interface ToolsTurn {
  readonly execution: Execution;
  readonly tools: AgentTools;
  /** Calls a tool, with its arguments as JSON unless they are a text. */
  call(name: string, args?: object | string, id?: string): Promise<CallResult>;
  /** Waits for the question of the turn. */
  question(): Promise<InputRequest>;
  answer(value: string): Promise<void>;
  end(): Promise<void>;
}

export interface ToolsRig {
  readonly core: Core;
  approval: Approval;
  prompt(session?: string, caller?: Caller): Promise<ToolsTurn>;
}

export interface ToolsRigOptions extends Omit<CoreOptions, "editor" | "agent" | "policy"> {
  readonly commands?: ConstructorParameters<typeof FakeEditor>[0];
  readonly pinned?: readonly string[];
  readonly deps?: Partial<AgentToolsDeps>;
}

/** What a turn has when it has begun. */
interface Began {
  readonly tools: AgentTools;
  readonly signal: AbortSignal;
  readonly end: () => void;
}

/** A core whose agent is a model that the test plays. */
export function toolsRig({ commands = {}, pinned = [], deps, ...options }: ToolsRigOptions = {}): ToolsRig {
  /** By prompt. */
  const turns = new Map<string, (turn: Began) => void>();
  const agent = new FakeAgent();
  const core = makeCore({ editor: editorWith(commands), agent, policy: new Policy(["*"], ["secret.*"]), ...options });
  const prompt = async (session = "default", caller = ownerProgram): Promise<ToolsTurn> => {
    const began = Promise.withResolvers<Began>();
    const text = `prompt ${turns.size}`;
    turns.set(text, began.resolve);
    const execution = await core.dispatcher.submit({ command: "kiro.cli.chat", args: [text], session }, caller);
    return turnOf(core, execution, await began.promise);
  };
  const rig = { core, approval: "allowReads" as Approval, prompt };
  const open = openToolsOf(core, () => rig.approval, { pinnedCommands: () => pinned, ...deps });
  agent.turn = async ({ session = "default", args }, context) => {
    context.speaksIn(`session-${session}`);
    const { promise, resolve } = Promise.withResolvers<void>();
    const { signal } = context;
    signal.addEventListener("abort", () => resolve());
    turns.get(args[0] ?? "")?.({ tools: await open(context, "gpt", signal), signal, end: resolve });
    await promise;
    return signal.aborted ? { kind: "cancelled", how: "cooperative" } : { kind: "completed", output: "done" };
  };
  return rig;
}

/** Opens the tools of a core for the turns of models. */
export function openToolsOf(core: Core, approval: () => Approval, deps: Partial<AgentToolsDeps> = {}): OpenAgentTools {
  return createAgentTools({
    core,
    placement: placementOf(),
    windows: noOtherWindows,
    pinnedCommands: () => [],
    approval,
    clock: systemClock,
    logger: silentLogger,
    ...deps,
  });
}

function editorWith(commands: ToolsRigOptions["commands"]): FakeEditor {
  return new FakeEditor({
    "test.echo": (value) => value,
    "kiro.editor.context": () => ({}),
    "secret.show": () => "the secret",
    ...commands,
  });
}

function placementOf(): Placement {
  const clients = { connect: () => assert.fail("no connection is made") };
  return new Placement({ windows: noOtherWindows, clients }, { windowId: "window-1", maxBodyBytes: 1000 });
}

function turnOf(core: Core, execution: Execution, { tools, signal, end }: Began): ToolsTurn {
  let calls = 0;
  const question = async (): Promise<InputRequest> => {
    await until(() => execution.pendingInput !== undefined, "a question");
    assert.ok(execution.pendingInput);
    return execution.pendingInput;
  };
  return {
    execution,
    tools,
    call: (name, args = {}, id = `call-${++calls}`) => {
      const text = typeof args === "string" ? args : JSON.stringify(args);
      return tools.call({ type: "call", id, name, arguments: text }, signal);
    },
    question,
    answer: async (value) => {
      const { questionId } = await question();
      core.dispatcher.answer({ executionId: execution.id, questionId, type: "choice", value });
    },
    end: async () => {
      end();
      await execution.settled;
    },
  };
}

export function textOf({ content }: CallResult): string {
  return content.map((block) => (block.type === "text" ? block.text : "")).join("");
}
