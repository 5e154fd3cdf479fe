import type { Anthropic } from "@anthropic-ai/sdk/client";
import * as z from "zod";
import type { EngineModel } from "../../../core/models/engineDirectory.ts";
import type { Vendor } from "../http/vendor.ts";

/** The most that one page has, which is more than there are. */
const MAX_MODELS = 1000;

const text = z.string().min(1).max(200);
const modelSchema = z.object({ id: text, display_name: text.optional().catch(undefined) });
const listSchema = z.object({ data: z.array(z.unknown()) });

/** Returns the models that a vendor lists. */
export async function listAnthropicModels(
  { client, vendor }: { readonly client: Anthropic; readonly vendor: Vendor },
  signal: AbortSignal,
): Promise<readonly EngineModel[]> {
  let body: unknown;
  try {
    body = await client.get<unknown>("/v1/models", { query: { limit: MAX_MODELS }, signal });
  } catch (error) {
    throw vendor.failures.thrown(error, signal);
  }
  const list = listSchema.safeParse(body);
  if (!list.success) throw vendor.failures.ofProtocol("its list of models is none");
  const models = list.data.data.slice(0, MAX_MODELS).flatMap((entry) => modelSchema.safeParse(entry).data ?? []);
  return models.map(({ id, display_name: name = id }) => ({ id, name }));
}
