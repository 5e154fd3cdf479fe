import { abortable } from "../../../base/deadline.ts";
import type { Caller } from "../../../core/access/principal.ts";
import type { Execution } from "../../../core/executions/execution.ts";
import { engineCommand } from "../../../core/models/engineDirectory.ts";
import type { EmbedRequest, EmbedResult, ModelCall } from "../../../core/models/modelCall.ts";
import { ResponseClient, type ResponseClientOptions } from "../responseClient.ts";
import { shortened } from "../session/history.ts";
import { failureOfModel } from "./modelFailure.ts";
import type { PassDeps } from "./passToVendor.ts";
import { noDefault, type SelectedEngine } from "./selectedEngine.ts";
import { withdraw } from "./withdraw.ts";

/** A request for embeddings. */
export interface EmbedInput extends Pick<ResponseClientOptions, "request" | "response"> {
  readonly caller: Caller;
  readonly selected: SelectedEngine;
  readonly asked: Omit<EmbedRequest, "model">;
  readonly workspacePath?: string | undefined;
}

/**
 * Has an engine compute embeddings, as one execution, and sends them. Resolves when they are sent, or the client has gone.
 * @throws BridgeError if it failed
 */
export type EmbedTexts = (input: EmbedInput, send: (result: EmbedResult) => Promise<void>) => Promise<void>;

export function createEmbedTexts(deps: PassDeps): EmbedTexts {
  return async (input, send) => {
    const { principal } = input.caller;
    deps.clients.assertRoom(principal);
    const client = new ResponseClient({ ...input, isStream: false, principal });
    try {
      client.connect(deps.clients);
      await send(await embed(deps, input, client.left));
    } catch (error) {
      if (!client.hasGone) throw error;
    } finally {
      await client.dispose();
    }
  };
}

async function embed(deps: PassDeps, input: EmbedInput, left: AbortSignal): Promise<EmbedResult> {
  const { selected, asked, response } = input;
  const { engine } = selected;
  const model = selected.model ?? engine.defaultEmbeddingModel;
  if (model === undefined) throw noDefault(engine, "model for embeddings");
  let result: EmbedResult | undefined;
  const { input: texts, dimensions } = asked;
  const request = { model, input: texts, ...(dimensions !== undefined && { dimensions }) };
  const execution = await submit(deps, input, { kind: "embed", request, onResult: (found) => (result = found) });
  response.setHeader("x-request-id", execution.id);
  response.setHeader("x-kiro-agent", engine.id);
  try {
    await abortable(execution.settled, left);
  } catch (error) {
    withdraw(deps, execution.id);
    throw error;
  }
  if (result === undefined || execution.status !== "completed") throw failureOfModel(execution).error;
  return result;
}

function submit(
  { dispatcher }: PassDeps,
  { selected, asked, caller, ...place }: EmbedInput,
  call: ModelCall,
): Promise<Execution> {
  const { workspacePath } = place;
  const shown = asked.input.map((one) => (typeof one === "string" ? one : `${one.length} tokens`)).join("\n");
  return dispatcher.submit(
    {
      command: engineCommand(selected.engine.id, "embed"),
      args: [shortened(shown)],
      ...(workspacePath !== undefined && { workspacePath }),
      turn: { content: [], call },
    },
    caller,
  );
}
