import { type ExecuteCommandResponse, PooledKiroClient, SimpleKiroClient } from "../../fixtures/seedClients.ts";
import {
  CircuitBreakerKiroClient,
  EventDrivenKiroClient,
  HealthMonitoringClient,
  MetricsCollectingClient,
  QueuedKiroClient,
  ResilientKiroClient,
} from "../../fixtures/seedPatterns.ts";
import type { Caller } from "./callScript.ts";
import type { BridgeAddress } from "./operations.ts";
import { outcomeOf } from "./outcome.ts";

type Execute = (command: string, args?: string[]) => Promise<ExecuteCommandResponse>;

/**
 * The original clients, one for each pattern. Those that can send a token cannot read the status, which `fallback` does
 * for them.
 */
export function seedCallers({ url, token }: BridgeAddress, fallback: Caller): Caller[] {
  const simple = new SimpleKiroClient(url, token);
  const pooled = new PooledKiroClient(url, token);
  const resilient = new ResilientKiroClient(url, token);
  const breaker = new CircuitBreakerKiroClient(simple);
  const health = new HealthMonitoringClient(`${url}/health`);
  const metrics = new MetricsCollectingClient(simple);
  const queued = new QueuedKiroClient(simple);
  const events = new EventDrivenKiroClient(simple);
  const caller = (name: string, execute: Execute, end?: () => void): Caller => ({
    name: `the original client of pattern ${name}`,
    status: fallback.status,
    isReady: fallback.isReady,
    execute: (command, args) => execute(command, args).then(outcomeOf, rejection),
    end: async () => end?.(),
  });
  return [
    caller("1", (...call) => simple.executeCommand(...call)),
    caller(
      "2",
      (...call) => pooled.executeCommand(...call),
      () => pooled.dispose(),
    ),
    caller("3", (...call) => resilient.executeCommandWithRetry(...call)),
    caller("4", (...call) => breaker.executeCommand(...call)),
    { ...caller("5", (...call) => simple.executeCommand(...call)), isReady: () => becomesHealthy(health) },
    caller("6", (...call) => metrics.executeCommand(...call)),
    caller("7", (...call) => queued.executeCommand(...call)),
    caller("8", (...call) => events.executeCommand(...call)),
  ];
}

async function becomesHealthy(health: HealthMonitoringClient): Promise<boolean> {
  health.startHealthMonitoring();
  try {
    await health.waitForHealthy();
    return true;
  } finally {
    health.stopHealthMonitoring();
  }
}

/** The original clients report a rejection as a status, or only in the text of the error. */
function rejection(error: unknown): { rejected: number } {
  if (error instanceof Error && "status" in error) return { rejected: Number(error.status) };
  const status = /^HTTP (\d+): /.exec(error instanceof Error ? error.message : "")?.[1];
  if (status === undefined) throw error;
  return { rejected: Number(status) };
}
