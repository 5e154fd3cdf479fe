import { patternOf } from "../bus/topics.ts";
import type { PluginManifest } from "./pluginManifest.ts";

/** A topic or pattern that a manifest names, with slashes. */
export interface DeclaredTopic {
  readonly topic: string;
  readonly durable: boolean;
  readonly maxDeliver?: number | undefined;
  readonly backoffMs?: readonly number[] | undefined;
}

export interface DeclaredMethod {
  readonly name: string;
  readonly description?: string | undefined;
  /** A JSON Schema. */
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  readonly concurrency?: number | undefined;
  readonly timeoutMs?: number | undefined;
}

type Bus = NonNullable<NonNullable<PluginManifest["communication"]>["messagebus"]>;

/** Returns the topics that a plugin publishes on; none if its bus is disabled. */
export function topicsOf(manifest: PluginManifest): readonly DeclaredTopic[] {
  return declared(manifest, "topics");
}

/** Returns the patterns that a plugin receives; none if its bus is disabled. */
export function subscriptionsOf(manifest: PluginManifest): readonly DeclaredTopic[] {
  return declared(manifest, "subscriptions");
}

/** Returns the methods that others may call; none if its calls are disabled. */
export function methodsOf(manifest: PluginManifest): readonly DeclaredMethod[] {
  const rpc = manifest.communication?.rpc;
  if (rpc === undefined || rpc.enabled === false) return [];
  return (rpc.methods ?? []).map((method) => (typeof method === "string" ? { name: method } : method));
}

function declared(manifest: PluginManifest, key: "topics" | "subscriptions"): readonly DeclaredTopic[] {
  const bus: Bus | undefined = manifest.communication?.messagebus;
  if (bus === undefined || bus.enabled === false) return [];
  return (bus[key] ?? []).map((entry) => {
    if (typeof entry === "string") return { topic: patternOf(entry).text, durable: false };
    const { topic, durable = false, maxDeliver, backoffMs } = entry;
    return { topic: patternOf(topic).text, durable, maxDeliver, backoffMs };
  });
}
