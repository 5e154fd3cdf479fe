import type { EmbedResult } from "../../../core/models/modelCall.ts";

/** Returns the response of `POST /v1/embeddings`. */
export function embeddingBody({ vectors, model, inputTokens }: EmbedResult, isBase64: boolean): object {
  const data = vectors.map((vector, index) => ({
    object: "embedding",
    index,
    embedding: isBase64 ? base64Of(vector) : vector,
  }));
  return { object: "list", data, model, usage: { prompt_tokens: inputTokens, total_tokens: inputTokens } };
}

/** Returns the numbers as 32-bit floats, little endian. */
function base64Of(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * Float32Array.BYTES_PER_ELEMENT);
  for (const [index, number] of vector.entries()) bytes.writeFloatLE(number, index * Float32Array.BYTES_PER_ELEMENT);
  return bytes.toString("base64");
}
