import { KiroBridgeError } from "./errors.ts";
import type { Calls } from "./http/calls.ts";
import { isObject } from "./http/failure.ts";
import type { CallOptions } from "./options.ts";
import type { Place } from "./requests.ts";

/** Texts for which an engine computes vectors. */
export interface EmbedRequest extends Place {
  /** `<engine>`, `<engine>/<model>`, or a name of `kiroBridge.gateways.modelAliases`. */
  readonly model: string;
  /** Up to 2048 texts. */
  readonly input: string | readonly string[];
  /** Length of the vectors, for models that have several. */
  readonly dimensions?: number | undefined;
}

export interface Embeddings {
  /** One for each text, in their order. */
  readonly vectors: readonly (readonly number[])[];
  /** As the vendor names it. */
  readonly model: string;
  /** The tokens of the texts, as the vendor has counted them. */
  readonly inputTokens: number;
}

/** The response of OpenAI's API. */
interface EmbeddingList {
  readonly data: readonly unknown[];
  readonly model: string;
  readonly usage: object;
}

/** Has an engine compute vectors. They are sent as 32-bit floats, a third of the size of their digits. */
export async function embed(calls: Calls, request: EmbedRequest, options: CallOptions): Promise<Embeddings> {
  const { model, input, dimensions } = request;
  const body = { model, input, encoding_format: "base64", ...(dimensions !== undefined && { dimensions }) };
  const wire = { method: "POST", path: "/v1/embeddings", body, headers: headersOf(calls.placeOf(request)) } as const;
  const list = await calls.json<EmbeddingList>(wire, options, { data: "object", model: "string", usage: "object" });
  const tokens: unknown = Reflect.get(list.usage, "prompt_tokens");
  return {
    vectors: list.data.map(vectorOf),
    model: list.model,
    inputTokens: typeof tokens === "number" ? tokens : 0,
  };
}

function headersOf({ windowId, workspacePath }: Place): Readonly<Record<string, string>> {
  return {
    ...(windowId !== undefined && { "X-Kiro-Window": windowId }),
    ...(workspacePath !== undefined && { "X-Kiro-Workspace": encodeURIComponent(workspacePath) }),
  };
}

function vectorOf(item: unknown): readonly number[] {
  const base64 = isObject(item) ? item["embedding"] : undefined;
  if (typeof base64 !== "string") {
    throw new KiroBridgeError("INVALID_RESPONSE", "The response is not one of Kiro Bridge.", {
      body: isObject(item) ? item : undefined,
    });
  }
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const length = Math.floor(bytes.length / Float32Array.BYTES_PER_ELEMENT);
  return Array.from({ length }, (_, index) => view.getFloat32(index * Float32Array.BYTES_PER_ELEMENT, true));
}
