import assert from "node:assert/strict";
import type { DisposableStore } from "../../../src/base/disposables.ts";
import { DeliveryFailure, type Destination } from "../../../src/exports/delivery/destination.ts";
import type { Fact, RunSummary } from "../../../src/exports/outbox/fact.ts";
import { createOtlp, otlpSchema } from "../../../src/exports/telemetry/otlp.ts";
import { destinationPorts, type TestPorts } from "./destinationPorts.ts";
import { endFactOf } from "./facts.ts";
import { type Script, type ScriptedRequest, ScriptedServer } from "./scriptedServer.ts";

/** The answer of a receiver that has taken everything. */
export const taken = { status: 200, headers: { "content-type": "application/json" }, body: "{}" } as const;

/** Never aborts. */
export const unlimited = new AbortController().signal;

/** Builds the fact of the end of an agent's turn. */
export function turnFactOf(id: string, number?: number, changes: Partial<RunSummary> = {}): Fact {
  return endFactOf(id, number, { agent: "cli", target: "cli", ...changes });
}

/** Starts a receiver that takes what its script has no reply for. */
export async function serveOtlp(store: DisposableStore, ...script: readonly Script[]): Promise<ScriptedServer> {
  const server = store.add(await ScriptedServer.start(...script));
  server.otherwise = taken;
  return server;
}

/** Opens a destination that sends readable bodies to a receiver. */
export function openOtlp(
  store: DisposableStore,
  { url }: { readonly url: string },
  changes: object = {},
  ports: TestPorts = destinationPorts(store),
): Destination {
  const readable = { protocol: "http/json", compression: "none" };
  const element = { name: "mine", kind: "otlp", preset: "collector", endpoint: url, ...readable, ...changes };
  return store.add(createOtlp(otlpSchema.parse(element), ports));
}

/** Waits for the failure of a delivery. */
export async function failureOf(work: Promise<unknown>): Promise<DeliveryFailure> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof DeliveryFailure, String(error));
  return error;
}

export function textOf({ body }: ScriptedRequest): string {
  return body.toString();
}
