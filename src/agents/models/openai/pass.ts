import type { OpenAI } from "openai/client";
import * as z from "zod";
import type { StepUsage } from "../../../core/models/step.ts";
import { passThrough, type PassedAnswer } from "../http/passThrough.ts";
import type { Vendor } from "../http/vendor.ts";
import type { PassedCall, RawOutcome } from "../wire.ts";
import { estimatedUsage } from "../answers/estimatedUsage.ts";
import { chatUsageOf, embeddingUsageOf, responsesUsageOf } from "./usage.ts";

/** Hands a request of a client of OpenAI's protocols on to the vendor, at the address that the official client has for it. */
export async function pass(
  { client, vendor }: { readonly client: OpenAI; readonly vendor: Vendor },
  call: PassedCall,
  signal: AbortSignal,
): Promise<RawOutcome> {
  const body = call.body === undefined ? undefined : { ...call.body, model: call.model };
  const { url } = await client.buildRequest({ method: methods[call.method], path: call.path, body });
  const answer = new OpenAiAnswer(call.body === undefined ? 0 : JSON.stringify(call.body).length);
  return await passThrough({ vendor, url, answer }, call, signal);
}

const methods = { GET: "get", POST: "post", DELETE: "delete" } as const;

const text = z.string().optional().catch(undefined);
const eventSchema = z.object({
  model: text,
  usage: z.unknown().optional(),
  delta: z.unknown().optional(),
  response: z.object({ model: text, usage: z.unknown().optional() }).optional().catch(undefined),
  choices: z
    .array(z.object({ delta: z.unknown().optional() }))
    .optional()
    .catch(undefined),
});

/** The usage of a chat completion, a response or embeddings. */
class OpenAiAnswer implements PassedAnswer {
  readonly #requestCharacters: number;
  #characters = 0;
  #usage: StepUsage | undefined;
  #model: string | undefined;

  constructor(requestCharacters: number) {
    this.#requestCharacters = requestCharacters;
  }

  read(json: unknown): void {
    const event = eventSchema.safeParse(json).data;
    if (event === undefined) return;
    const { model, usage, response, delta: part, choices = [] } = event;
    this.#model = model ?? response?.model ?? this.#model;
    this.#usage = usageOf(usage) ?? usageOf(response?.usage) ?? this.#usage;
    this.#characters += lengthOf(part);
    for (const { delta } of choices) this.#characters += lengthOf(delta);
  }

  get model(): string | undefined {
    return this.#model;
  }

  /** Estimated where it is not told: clients need not ask for that of a chat, and that of a response is at its end. */
  get usage(): StepUsage | undefined {
    if (this.#usage !== undefined || this.#characters === 0) return this.#usage;
    return estimatedUsage(this.#requestCharacters, this.#characters);
  }
}

function usageOf(usage: unknown): StepUsage | undefined {
  return chatUsageOf(usage) ?? responsesUsageOf(usage) ?? embeddingUsageOf(usage);
}

/** Returns the length of all texts in a delta. */
function lengthOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, inner: unknown) => sum + lengthOf(inner), 0);
}
