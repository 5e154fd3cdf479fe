import * as z from "zod";
import type { AgentModel, FoundCli } from "../../startAgent.ts";
import { runToEnd } from "../process/runToEnd.ts";
import type { ProcessOptions } from "../process/kiroProcess.ts";

const LIST_MS = 10_000;
const MAX_MODELS = 1000;

const name = z.string().min(1).max(200);
const entry = z.object({ model_id: name, model_name: name.optional().catch(undefined) });
/** The fields are known from one capture only, so that whatever is not like it is skipped (docs/kiro-cli.md#51-flags-input-login). */
const listSchema = z.object({ models: z.array(z.unknown()).max(MAX_MODELS) });

/**
 * Asks the CLI for its models, with a process of its own. Returns none if it does not know the question.
 * @throws BridgeError as `startKiroProcess` does; the signal's reason
 */
export async function listModels(
  { program }: FoundCli,
  options: ProcessOptions,
  signal: AbortSignal,
): Promise<readonly AgentModel[]> {
  const args = ["chat", "--list-models", "--format", "json"];
  const result = await runToEnd(program, args, { ...options, timeoutMs: LIST_MS }, signal);
  return result === "late" || result.code !== 0 ? [] : modelsIn(result.stdout);
}

function modelsIn(json: string): readonly AgentModel[] {
  try {
    const { models } = listSchema.parse(JSON.parse(json));
    return models.flatMap((model) => {
      const read = entry.safeParse(model).data;
      return read === undefined ? [] : [{ id: read.model_id, name: read.model_name ?? read.model_id }];
    });
  } catch {
    return []; // Another version, whose sessions tell their models.
  }
}
