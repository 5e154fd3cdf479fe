import assert from "node:assert/strict";
import { failedOutcome, outcomeOf, turnOf } from "../../../../src/agents/commands/chatOutcome.ts";
import type { Session } from "../../../../src/agents/session.ts";
import { Sessions } from "../../../../src/agents/sessions.ts";
import type { Disposable } from "../../../../src/base/disposables.ts";
import { ownerProgram } from "../../../../src/core/access/principal.ts";
import type { Execution } from "../../../../src/core/executions/execution.ts";
import type { RunContext } from "../../../../src/core/ports.ts";
import { isEnd, type BridgeEvent } from "../../../../src/protocol/events.ts";
import type { InputRequest } from "../../../../src/protocol/input.ts";
import { type Core, makeCore } from "../../../support/core.ts";
import { FakeAgent, FakeEditor } from "../../../support/fakePorts.ts";
import { until } from "../../../support/until.ts";
import { openToolsOf } from "../../tools/toolsRig.ts";
import type { Scripted, Subject } from "./subject.ts";

/** An agent in the sessions of a bridge: what a program sees of it. */
export class ConformanceRig implements Disposable {
  readonly subject: Subject;
  readonly core: Core;
  readonly sessions: Sessions;
  /** The arguments with which models have run the command of the editor. */
  readonly ran: unknown[] = [];

  constructor(subject: Subject) {
    this.subject = subject;
    const target = new FakeAgent();
    const editor = new FakeEditor({ "test.echo": (value) => void this.ran.push(value) });
    this.core = makeCore({ agent: target, editor });
    const open = openToolsOf(this.core, () => "allowReads");
    this.sessions = new Sessions({
      agent: "Kiro",
      idPrefix: "sess-",
      start: subject.start,
      maxSessions: 4,
      idleSessionMs: 600_000,
      report: () => undefined,
    });
    target.turn = async (task, context) => {
      const tools = await open(context, "scripted", context.signal);
      let session: Session | undefined;
      const onSession = (used: Session): void => void (session = used);
      try {
        const answer = await this.#run(task.args[0] ?? "", turnOf(context, tools), context, onSession);
        return outcomeOf(answer, session, false);
      } catch (error) {
        return failedOutcome(error);
      }
    };
  }

  /** Sends a prompt, and returns its execution, which has begun. */
  async prompt({ prompt }: Scripted): Promise<Execution> {
    return await this.core.dispatcher.submit({ command: "kiro.cli.chat", args: [prompt] }, ownerProgram);
  }

  /** Sends a prompt, and waits for its end. */
  async complete(scripted: Scripted): Promise<Execution> {
    const execution = await this.prompt(scripted);
    await execution.settled;
    return execution;
  }

  async heard(execution: Execution, text: string): Promise<void> {
    await until(() => execution.output.text.includes(text), `"${text}" in the answer`);
  }

  async question(execution: Execution): Promise<InputRequest> {
    await until(() => execution.pendingInput !== undefined, "a question");
    assert.ok(execution.pendingInput !== undefined);
    return execution.pendingInput;
  }

  /** Answers a question by the kind of an option. */
  answer(execution: Execution, { questionId, options = [] }: InputRequest, kind: string): void {
    const value = options.find((option) => option.kind === kind)?.value ?? assert.fail(`no option ${kind}`);
    this.core.dispatcher.answer({ executionId: execution.id, questionId, type: "choice", value });
  }

  /** Returns the events of an execution, and checks that nothing comes after its end. */
  eventsOf({ id }: Execution): readonly BridgeEvent[] {
    const { events } = this.core.events.read(0);
    const own = events.filter((event) => "executionId" in event && event.executionId === id);
    assert.ok(own.findIndex(isEnd) === own.length - 1, "an event after the end");
    return own;
  }

  async dispose(): Promise<void> {
    await this.sessions.dispose();
    this.core.dispatcher.dispose();
    await this.subject.dispose();
  }

  #run(prompt: string, turn: ReturnType<typeof turnOf>, context: RunContext, onSession: (session: Session) => void) {
    const place = { workspacePath: process.cwd(), name: "default" };
    return this.sessions.run(place, prompt, turn, context.signal, (session) => {
      context.speaksIn(session.id);
      onSession(session);
    });
  }
}
