import type { Anthropic } from "@anthropic-ai/sdk/client";
import * as z from "zod";
import type { StepUsage } from "../../../core/models/step.ts";
import { passThrough, type PassedAnswer } from "../http/passThrough.ts";
import type { Vendor } from "../http/vendor.ts";
import type { PassedCall, RawOutcome } from "../wire.ts";
import { MessageUsage } from "./messageUsage.ts";

const text = z.string().optional().catch(undefined);
/** A message, and the events of its stream that count. */
const answerSchema = z.object({
  model: text,
  usage: z.unknown().optional(),
  message: z.object({ model: text, usage: z.unknown().optional() }).optional().catch(undefined),
});

/** Hands a request of a client of Anthropic's protocol on to the vendor. */
export async function passMessages(
  { client, vendor }: { readonly client: Anthropic; readonly vendor: Vendor },
  call: PassedCall,
  signal: AbortSignal,
): Promise<RawOutcome> {
  const { url, req } = await client.buildRequest({ method: methods[call.method], path: `/v1${call.path}` });
  const version = new Headers(req.headers).get("anthropic-version") ?? "";
  const headers = { "anthropic-version": version, ...call.headers };
  return await passThrough({ vendor, url, answer: new MessageAnswer() }, { ...call, headers }, signal);
}

const methods = { GET: "get", POST: "post", DELETE: "delete" } as const;

class MessageAnswer implements PassedAnswer {
  readonly #usage = new MessageUsage();
  #model: string | undefined;

  read(json: unknown): void {
    const answer = answerSchema.safeParse(json).data;
    if (answer === undefined) return;
    const { model, usage, message } = answer;
    this.#model = model ?? message?.model ?? this.#model;
    this.#usage.add(message?.usage);
    this.#usage.add(usage);
  }

  get usage(): StepUsage | undefined {
    return this.#usage.usage;
  }

  get model(): string | undefined {
    return this.#model;
  }
}
