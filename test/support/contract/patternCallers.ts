import * as presets from "../../../src/client/patterns.ts";
import { PooledKiroClient, SimpleKiroClient } from "../../fixtures/seedClients.ts";
import * as originals from "../../fixtures/seedPatterns.ts";
import type { Caller } from "./callScript.ts";
import type { BridgeAddress } from "./operations.ts";
import { outcomeOf } from "./outcome.ts";

type Execute = (command: string, args?: string[]) => Promise<unknown>;

interface Executor {
  readonly executeCommand: Execute;
}

/** A client of each of the patterns 1 to 8. */
interface PatternClients {
  readonly simple: Executor;
  readonly pooled: Executor & { dispose(): void };
  readonly resilient: { readonly executeCommandWithRetry: Execute };
  readonly breaker: Executor;
  readonly health: {
    startHealthMonitoring(): void;
    stopHealthMonitoring(): void;
    waitForHealthy(): Promise<void>;
  };
  readonly metrics: Executor;
  readonly queued: Executor;
  readonly events: Executor;
}

/** The original clients. Those that can send a token cannot read the status, which `fallback` does for them. */
export function originalCallers({ url, token }: BridgeAddress, fallback: Caller): Caller[] {
  const simple = new SimpleKiroClient(url, token);
  const clients = {
    simple,
    pooled: new PooledKiroClient(url, token),
    resilient: new originals.ResilientKiroClient(url, token),
    breaker: new originals.CircuitBreakerKiroClient(simple),
    health: new originals.HealthMonitoringClient(`${url}/health`),
    metrics: new originals.MetricsCollectingClient(simple),
    queued: new originals.QueuedKiroClient(simple),
    events: new originals.EventDrivenKiroClient(simple),
  };
  return patternCallers("the original client", clients, fallback);
}

/** The presets of the SDK with the same names. */
export function presetCallers({ url, token }: BridgeAddress): Caller[] {
  const simple = new presets.SimpleKiroClient(url, token);
  const events = new presets.EventDrivenKiroClient(simple);
  const clients = {
    simple,
    pooled: new presets.PooledKiroClient(url, token),
    resilient: new presets.ResilientKiroClient(url, token),
    breaker: new presets.CircuitBreakerKiroClient(simple),
    health: new presets.HealthMonitoringClient(simple),
    metrics: new presets.MetricsCollectingClient(simple),
    queued: new presets.QueuedKiroClient(simple),
    events,
  };
  const fallback = {
    name: "",
    status: async () => (await simple.bridge.getStatus()).status,
    isReady: () => simple.bridge.isReady(),
    execute: () => Promise.reject(new Error("not used")),
    end: () => simple.bridge.close(),
  };
  return patternCallers("the preset", clients, fallback);
}

function patternCallers(kind: string, clients: PatternClients, fallback: Caller): Caller[] {
  const { simple, pooled, resilient, breaker, health, metrics, queued, events } = clients;
  const caller = (pattern: number, execute: Execute): Caller => ({
    name: `${kind} of pattern ${pattern}`,
    status: fallback.status,
    isReady: fallback.isReady,
    execute: (command, args) => execute(command, args).then(outcomeOf, rejection),
  });
  const of = (pattern: number, client: Executor): Caller =>
    caller(pattern, (command, args) => client.executeCommand(command, args));
  return [
    of(1, simple),
    { ...of(2, pooled), end: async () => pooled.dispose() },
    caller(3, (command, args) => resilient.executeCommandWithRetry(command, args)),
    of(4, breaker),
    { ...of(5, simple), isReady: () => becomesHealthy(health) },
    of(6, metrics),
    of(7, queued),
    { ...of(8, events), ...(fallback.end !== undefined && { end: fallback.end }) },
  ];
}

async function becomesHealthy(health: PatternClients["health"]): Promise<boolean> {
  health.startHealthMonitoring();
  try {
    await health.waitForHealthy();
    return true;
  } finally {
    health.stopHealthMonitoring();
  }
}

/** The clients report a rejection as a status, or only in the text of the error. */
function rejection(error: unknown): { rejected: number } {
  if (error instanceof Error && "status" in error) return { rejected: Number(error.status) };
  const status = /^HTTP (\d+): /.exec(error instanceof Error ? error.message : "")?.[1];
  if (status === undefined) throw error;
  return { rejected: Number(status) };
}
