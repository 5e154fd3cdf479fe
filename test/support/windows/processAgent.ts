import { systemClock } from "../../../src/base/clock.ts";
import type { Task } from "../../../src/core/commands/target.ts";
import type { Outcome, RunContext } from "../../../src/core/ports.ts";
import type { KiroModule } from "../../../src/bridge/kiroModule.ts";
import { fakeKiro, noKiro } from "../fakeKiro.ts";
import { FakeAgent } from "../fakePorts.ts";
import { EchoTerminal } from "../programs/fakeTerminal.ts";
import type { HeldWork } from "./processEditor.ts";

const CHUNK_MS = 5;
const SESSION_TIME = "2026-01-01T00:00:00.000Z";

/** The turns of the agent, by the first word of the prompt. */
const turns: Record<string, (rest: string, context: RunContext, held: HeldWork) => Promise<Outcome>> = {
  /** Asks, and says the answer. */
  ask: async (prompt, context) => {
    const value = await context.ask({ prompt, inputType: "text", safeAnswer: "" });
    return { kind: "completed", output: `the answer is ${value}` };
  },
  /** Says numbers, some time apart. */
  count: async (to, context) => {
    for (let at = 1; at <= Number(to); at++) {
      context.output(`${at} `);
      const { promise, resolve } = Promise.withResolvers<void>();
      systemClock.after(CHUNK_MS, resolve);
      await promise;
      context.signal.throwIfAborted();
    }
    return { kind: "completed", output: "" };
  },
  /** Says this many characters. */
  say: async (length, context) => {
    const chunk = "abcdefgh".repeat(8192);
    for (let left = Number(length); left > 0; left -= chunk.length) context.output(chunk.slice(0, left));
    return { kind: "completed", output: "" };
  },
  /** Goes on until it is released or canceled. */
  hold: async (name, { signal }, held) => {
    const aborted = Promise.withResolvers<"aborted">();
    signal.addEventListener("abort", () => aborted.resolve("aborted"), { once: true });
    const end = await Promise.race([held.hold(name), aborted.promise]);
    return end === "aborted"
      ? { kind: "cancelled", how: "cooperative" }
      : { kind: "completed", output: `${name} ended` };
  },
};

/** The agent of a window in a process of its own, with one session that has its ID. */
export function processKiro(held: HeldWork, windowId: string): KiroModule {
  const agent = new FakeAgent();
  const answer = agent.turn;
  agent.turn = async (task: Task, context: RunContext) => {
    context.began();
    const prompt = task.kind === "chat" ? task.prompt : "";
    const [first = ""] = prompt.split(" ", 1);
    return (await turns[first]?.(prompt.slice(first.length + 1), context, held)) ?? answer(task, context);
  };
  const session = {
    id: `session-${windowId}`,
    name: "default",
    workspacePath: "/",
    state: "idle" as const,
    turns: 1,
    restarts: 0,
    crashes: 0,
    createdAt: SESSION_TIME,
    lastUsedAt: SESSION_TIME,
  };
  const kiro = { ...noKiro, sessions: () => [session] };
  return fakeKiro({ agent, kiro, terminals: { open: async () => new EchoTerminal() } });
}
