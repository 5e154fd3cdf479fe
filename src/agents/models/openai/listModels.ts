import type { OpenAI } from "openai/client";
import * as z from "zod";
import type { EngineModel } from "../../../core/models/engineDirectory.ts";
import type { EngineSettings } from "../../engines/engineSettings.ts";
import type { Vendor } from "../http/vendor.ts";

const MAX_MODELS = 5000;

const text = z.string().min(1).max(200);
const modelSchema = z.object({ id: text, name: text.optional().catch(undefined) });
/** OpenAI's; and the bare list of some servers. */
const listSchema = z.union([
  z.object({ data: z.array(z.unknown()) }).transform(({ data }) => data),
  z.array(z.unknown()),
]);

/**
 * Returns the models that a vendor lists. Azure by deployments has no list of deployments for their clients, so it is empty
 * there.
 */
export async function listModels(
  { client, vendor, settings }: { client: OpenAI; vendor: Vendor; settings: EngineSettings },
  signal: AbortSignal,
): Promise<readonly EngineModel[]> {
  if (settings.apiVersion !== undefined) return [];
  let body: unknown;
  try {
    body = await client.get<unknown>("/models", { signal });
  } catch (error) {
    throw vendor.failures.thrown(error, signal);
  }
  const list = listSchema.safeParse(body);
  if (!list.success) throw vendor.failures.ofProtocol("its list of models is none");
  const models = list.data.slice(0, MAX_MODELS).flatMap((entry) => modelSchema.safeParse(entry).data ?? []);
  return models.map(({ id, name = id }) => ({ id, name }));
}
