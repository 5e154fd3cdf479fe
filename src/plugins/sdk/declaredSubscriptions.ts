import { readFileSync } from "node:fs";
import { join } from "node:path";
import { patternOf } from "../bus/topics.ts";
import type { DurableOptions } from "../bus/participant.ts";

/** Patterns in their slash form. */
export type DurablePatterns = ReadonlyMap<string, DurableOptions>;

const NONE: DurablePatterns = new Map();

/**
 * Returns the subscriptions that the manifest in the folder of a plugin makes durable, so that the plugin need not say it
 * again. The editor has checked the manifest before it has started the plugin; here, what is not valid counts as absent.
 */
export function durablePatternsIn(folder: string, plugin: string): DurablePatterns {
  const manifest = read(folder);
  if (field(manifest, "name") !== plugin) return NONE;
  const declared = field(field(field(manifest, "communication"), "messagebus"), "subscriptions");
  if (!Array.isArray(declared)) return NONE;
  return new Map(
    declared.flatMap((entry: unknown): [string, DurableOptions][] => {
      const topic = field(entry, "topic");
      return field(entry, "durable") === true && typeof topic === "string" ? [[slashed(topic), optionsOf(entry)]] : [];
    }),
  );
}

function optionsOf(entry: unknown): DurableOptions {
  const [maxDeliver, backoffMs] = [field(entry, "maxDeliver"), field(entry, "backoffMs")];
  const isNumber = (value: unknown): value is number => typeof value === "number";
  return {
    ...(isNumber(maxDeliver) && { maxDeliver }),
    ...(Array.isArray(backoffMs) && backoffMs.every(isNumber) && { backoffMs }),
  };
}

function slashed(topic: string): string {
  try {
    return patternOf(topic).text;
  } catch {
    return topic;
  }
}

function read(folder: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, ".claude-plugin/plugin.json"), "utf8").replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}

function field(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}
