import type { LentTools, TargetRequest } from "../../../src/core/commands/turnInput.ts";
import type { PromptBlock } from "../../../src/core/models/promptBlock.ts";
import type { ChatTask, LaneKey, Task } from "../../../src/core/commands/target.ts";
import { HeldTurn } from "../../../src/core/executions/heldTurn.ts";
import type { Outcome, RunContext } from "../../../src/core/ports.ts";
import { FakeAgent } from "../fakePorts.ts";

/** A prompt that has reached the agent. */
export interface HeardPrompt {
  readonly session: string;
  readonly text: string;
  readonly content: readonly PromptBlock[];
  readonly model: string | undefined;
  readonly tools: LentTools | undefined;
  readonly isNewConversation: boolean;
}

/** Answers a prompt: writes to the context, and returns a stop reason or an outcome. */
export type Answering = (prompt: HeardPrompt, context: RunContext) => Promise<string | Outcome>;

/** An agent of which each session remembers whether it was used, as a target of the dispatcher. */
export class ScriptedAgent extends FakeAgent {
  readonly heard: HeardPrompt[] = [];
  /** Sessions that remember their conversation. */
  readonly remembering = new Set<string>();
  readonly closed: string[] = [];
  takesTools = true;
  answer: Answering = async ({ text }, context) => {
    context.output(`answer to ${text}`);
    return "end_turn";
  };
  /** Called before an agent is ready. */
  getReady: () => Promise<void> = () => Promise.resolve();

  override accepts(request: TargetRequest): Task {
    const task = super.accepts(request);
    const { turn } = request;
    return task.kind === "chat" && turn !== undefined ? { ...task, held: new HeldTurn(turn) } : task;
  }

  override laneOf({ session = "default" }: Task): LaneKey {
    return session === "fresh" ? { name: "fresh", concurrency: Infinity } : super.laneOf(asChat(session));
  }

  override run(task: Task, context: RunContext): Promise<Outcome> {
    const held = task.kind === "chat" ? task.held : undefined;
    return held === undefined ? super.run(task, context) : this.#prompt(task, held, context);
  }

  /** As `DELETE /kiro/sessions/{id}` does. */
  closeSession(name: string): Promise<string> {
    this.closed.push(name);
    this.remembering.delete(name);
    return Promise.resolve(name);
  }

  async #prompt({ session = "default" }: Task, turn: HeldTurn, context: RunContext): Promise<Outcome> {
    await this.getReady();
    context.signal.throwIfAborted();
    const isNewConversation = !this.remembering.has(session);
    const content = turn.contentFor(isNewConversation);
    const { model, tools } = turn;
    turn.tellReady({ sessionId: `id of ${session}`, isNewConversation, takesTools: this.takesTools });
    context.began();
    if (session !== "fresh") this.remembering.add(session);
    const text = content.map((block) => (block.type === "text" ? block.text : `<${block.mimeType}>`)).join("");
    const parking = tools?.onDidPark((isParked) => context.park(isParked));
    const heard = { session, text, content, model, tools, isNewConversation };
    this.heard.push(heard);
    try {
      const end = await this.answer(heard, context);
      return typeof end === "string" ? { kind: "completed", stopReason: end } : end;
    } catch (error) {
      if (context.signal.aborted && error === context.signal.reason) return { kind: "cancelled", how: "cooperative" };
      this.remembering.delete(session);
      throw error;
    } finally {
      void parking?.dispose();
    }
  }
}

function asChat(session: string): ChatTask {
  return { kind: "chat", command: "kiro.cli.chat", args: [], prompt: "", session };
}
