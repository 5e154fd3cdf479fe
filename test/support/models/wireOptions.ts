import { engineSchema, type EngineSettings } from "../../../src/agents/engines/engineSettings.ts";
import type { VendorOptions } from "../../../src/agents/models/http/vendor.ts";
import type { Credentials } from "../../../src/agents/models/wire.ts";
import type { StepEvent, StepRequest, StepResult } from "../../../src/core/models/step.ts";
import { TEST_MODEL } from "./forms/scriptedAnswer.ts";

/** Returns what a wire is made of. Its engine is at `settings.baseUrl`, and its keys are used one after the other. */
export function wireOptions(
  settings: Partial<EngineSettings> & { readonly baseUrl: string },
  ...keys: string[]
): VendorOptions {
  return {
    settings: engineSchema.parse({ id: "test", wire: "openai-chat", ...settings }),
    credentials: keysInTurn(keys),
    redact: (text) => text,
  };
}

/** Returns the first key, and the next one when one is rejected. */
function keysInTurn(keys: readonly string[]): Credentials {
  return {
    key: async (_signal, rejected) => keys[rejected === undefined ? 0 : keys.indexOf(rejected) + 1],
  };
}

/** A step with one question of the user. */
export function stepRequest(fields: Partial<StepRequest> = {}): StepRequest {
  return {
    model: TEST_MODEL,
    system: "",
    items: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
    tools: [],
    ...fields,
  };
}

export interface CollectedStep {
  readonly events: readonly StepEvent[];
  /** Of the events. */
  readonly text: string;
  readonly result: StepResult;
}

/** Reads a step to its end. */
export async function collected(stream: AsyncIterable<StepEvent>): Promise<CollectedStep> {
  const events: StepEvent[] = [];
  for await (const event of stream) events.push(event);
  const last = events.at(-1);
  if (last?.type !== "end") throw new Error("the step has not ended with its result");
  return { events, text: textOf(events), result: last.result };
}

/** Returns the text that events have told. */
export function textOf(events: readonly StepEvent[]): string {
  return events.map((event) => (event.type === "text" ? event.text : "")).join("");
}

export const NO_ABORT = new AbortController().signal;
