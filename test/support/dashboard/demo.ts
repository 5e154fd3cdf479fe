import { setImmediate } from "node:timers/promises";
import type { Task } from "../../../src/core/commands/target.ts";
import type { RunContext } from "../../../src/core/ports.ts";
import { BridgeError } from "../../../src/protocol/errors.ts";
import type { MetricsSnapshot } from "../../../src/protocol/metrics.ts";
import { DemoPlugins } from "./demoPlugins.ts";
import type { FakeBridge } from "./fakeBridge.ts";

const ANSWER = `I looked at \`src/server/guards/guards.ts\` and found two places where the Host header is compared before it is
lower-cased. Here is what I would change:

1. Normalise the header once, in \`hostOf\`.
2. Compare against the allow-list with a set.

\`\`\`ts
const host = hostOf(request).toLowerCase();
\`\`\`

Running the guards' tests now …
`;

/** A bridge in the middle of its work: something of everything that a dashboard can show. */
export async function fillDemo(bridge: FakeBridge): Promise<void> {
  const { core, agent } = bridge;
  agent.turn = playTurn;
  await core.catalog.refresh();
  for (let index = 0; index < 14; index++) await core.dispatcher.submit({ command: "echo", args: [`note ${index}`] });
  for (const prompt of ["Explain the retry policy", "Write a test for the lane", "fail: the model is overloaded"])
    await core.dispatcher.submit({ command: "kiro.cli.chat", args: [prompt], session: prompt });
  await core.dispatcher.submit({ command: "workbench.action.doesNotExist" });
  for (let turn = 0; turn < 20; turn++) await setImmediate();
  const ask = (prompt: string, session: string) =>
    core.dispatcher.submit({ command: "kiro.cli.chat", args: [prompt], session });
  await ask("hold: Review the guards and fix what you find", "a");
  await ask("ask: Run the unit tests of the server room", "b");
  await ask("Summarise the changes of this week for the team", "a");
  await ask("Draft the release notes", "a");
  const now = Date.now();
  bridge.override({
    metrics: () => demoMetrics(now),
    clients: () => [
      client(now, "websocket", "flutter-client/1.4 (Dart 3.9)", 2_000, 18_204, 0),
      client(now, "sse", "curl/8.14.1", 41_000, 1204, 37),
      client(now, "http", "node", 190_000, 0, 0),
    ],
    disconnect: () => true,
    plugins: new DemoPlugins(now),
  });
}

async function playTurn(task: Task, context: RunContext): Promise<{ kind: "completed"; output?: string }> {
  const prompt = task.args[0] ?? "";
  if (prompt.startsWith("fail")) throw new BridgeError("KIRO_UNAVAILABLE", "Kiro CLI is not responding.");
  if (prompt.startsWith("hold")) {
    context.toolCall({
      toolCallId: "1",
      title: "Reading src/server/guards/guards.ts",
      kind: "read",
      status: "in_progress",
    });
    context.output(ANSWER);
    await new Promise((_resolve, reject) =>
      context.signal.addEventListener("abort", () => reject(context.signal.reason)),
    );
  }
  if (prompt.startsWith("ask")) {
    context.output("I would like to run the tests.\n");
    await context.ask({
      prompt: "Kiro asks for permission: Run a shell command (execute)\nnpm test -- --only server",
      inputType: "choice",
      choices: ["Allow", "Allow always", "Reject"],
      options: [
        { value: "Allow", label: "Allow", kind: "allow_once" },
        { value: "Allow always", label: "Always allow", kind: "allow_always" },
        { value: "Reject", label: "Reject", kind: "reject_once" },
      ],
      safeAnswer: "Reject",
    });
  }
  context.output(`${prompt}: done, with care.\n`);
  return { kind: "completed" };
}

function client(
  now: number,
  kind: "websocket" | "sse" | "http",
  name: string,
  seenMs: number,
  sent: number,
  dropped: number,
) {
  const lastSeenAt = new Date(now - seenMs).toISOString();
  return { id: name, kind, name, connectedAt: lastSeenAt, lastSeenAt, eventsSent: sent, eventsDropped: dropped };
}

/** Ten minutes of a working day, the same each time. */
function demoMetrics(now: number): MetricsSnapshot {
  const slices = Array.from({ length: 60 }, (_, index) => {
    const ended = Math.max(0, Math.round(6 + 5 * Math.sin(index / 5) + 3 * Math.sin(index * 1.7)));
    const p50 = 240 + 90 * Math.sin(index / 7) + 30 * Math.sin(index * 2.3);
    const failed = index % 17 === 5 ? 2 : index % 11 === 3 ? 1 : 0;
    const at = now - (59 - index) * 10_000;
    return { at, started: ended, ended, failed, ...(ended > 0 && { p50, p95: p50 * (2.2 + Math.sin(index / 4) / 2) }) };
  });
  const ended = slices.reduce((sum, slice) => sum + slice.ended, 0);
  const failed = slices.reduce((sum, slice) => sum + slice.failed, 0);
  return {
    timestamp: new Date(now).toISOString(),
    uptimeSeconds: 4210,
    executions: { started: ended, completed: ended - failed, failed, cancelled: 0, interrupted: 0 },
    errorRate: failed / ended,
    latencyMs: { count: ended, p50: 240, p95: 612, p99: 900 },
    queue: { running: 2, queued: 2, waitingForInput: 1 },
    events: { appended: 22_000, sent: 19_408, dropped: 37 },
    clients: 3,
    restarts: 0,
    commands: [
      { name: "kiro.cli.chat", ended: 212, failed: 9, p50: 820, p95: 2400 },
      { name: "workbench.action.files.saveAll", ended: 121, failed: 0, p50: 14, p95: 40 },
    ],
    sessions: [{ name: "sess-1", ended: 212, failed: 9, p50: 820, p95: 2400 }],
    series: { sliceSeconds: 10, slices },
  };
}
