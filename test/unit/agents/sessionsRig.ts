import type { RestartLimits } from "../../../src/agents/restartGuard.ts";
import type { SessionAnswer } from "../../../src/agents/sessionAnswer.ts";
import type { HeldTurn } from "../../../src/core/executions/heldTurn.ts";
import { Sessions } from "../../../src/agents/sessions.ts";
import { HeardTurn } from "./kiro/acp/simulatedAcp.ts";
import { FakeStarts } from "./fakeAgents.ts";

export const workspacePath = process.cwd();
export const restarts: RestartLimits = { firstDelayMs: 20, maxDelayMs: 40, maxCrashes: 3, coolDownMs: 60_000 };
export const never = new AbortController().signal;

/** Sessions on fake agents. `states` has each state that was reported, with the id of its session. */
export function setUpSessions(more: { maxSessions?: number; idleSessionMs?: number; restarts?: RestartLimits } = {}) {
  const fakes = new FakeStarts();
  const states: string[] = [];
  const sessions = new Sessions({
    agent: "Kiro CLI",
    idPrefix: "sess-",
    start: fakes.start,
    maxSessions: 2,
    idleSessionMs: 60_000,
    restarts,
    report: ({ id, state }) => void states.push(`${id} ${state}`),
    ...more,
  });
  const run = (name: string, prompt: string | HeldTurn, signal: AbortSignal = never): Promise<SessionAnswer> =>
    sessions.run({ workspacePath, name }, prompt, new HeardTurn(), signal, () => undefined);
  return { fakes, states, sessions, run };
}
