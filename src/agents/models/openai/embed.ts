import type { OpenAI } from "openai/client";
import * as z from "zod";
import type { EmbedRequest, EmbedResult } from "../../../core/models/modelCall.ts";
import type { Vendor } from "../http/vendor.ts";
import type { AdaptedRequest, ServerTraits } from "./serverTraits.ts";
import { estimatedUsage } from "../answers/estimatedUsage.ts";
import { embeddingUsageOf } from "./usage.ts";

/** Of one request. OpenAI takes 2048 texts, others 100 or so. */
const MAX_TEXTS = 96;
/** OpenAI takes 300,000 tokens. */
const MAX_CHARACTERS = 400_000;
const CHARACTERS_PER_TOKEN = 4;

type EmbedInput = EmbedRequest["input"][number];

const vectorSchema = z.object({
  index: z.int().min(0),
  embedding: z.union([z.string(), z.array(z.number())]),
});
const answerSchema = z.object({
  data: z.array(vectorSchema),
  model: z.string().optional().catch(undefined),
  usage: z.unknown().optional(),
});

interface EmbedDeps {
  readonly client: OpenAI;
  readonly vendor: Vendor;
  readonly traits: ServerTraits;
}

/** Returns the vectors of texts, in as many requests as it takes, one after the other. */
export async function embed(deps: EmbedDeps, request: EmbedRequest, signal: AbortSignal): Promise<EmbedResult> {
  const vectors: (readonly number[])[] = [];
  let inputTokens = 0;
  let { model } = request;
  for (const batch of batchesOf(request.input)) {
    const answer = await embedBatch(deps, { ...request, input: batch }, signal);
    vectors.push(...answer.vectors);
    inputTokens += answer.inputTokens;
    model = answer.model;
  }
  return { vectors, model, inputTokens };
}

/** Divides the input into requests, each of texts or of tokens only. */
function batchesOf(input: EmbedRequest["input"]): readonly (readonly EmbedInput[])[] {
  const batches: EmbedInput[][] = [];
  let characters = 0;
  for (const each of input) {
    const batch = batches.at(-1);
    characters += lengthOf(each);
    const isOpen =
      batch !== undefined &&
      batch.length < MAX_TEXTS &&
      characters <= MAX_CHARACTERS &&
      typeof batch[0] === typeof each;
    if (isOpen) batch.push(each);
    else {
      batches.push([each]);
      characters = lengthOf(each);
    }
  }
  return batches;
}

function lengthOf(input: EmbedInput): number {
  return typeof input === "string" ? input.length : input.length * CHARACTERS_PER_TOKEN;
}

async function embedBatch(deps: EmbedDeps, request: EmbedRequest, signal: AbortSignal): Promise<EmbedResult> {
  const { failures } = deps.vendor;
  const { input, model } = request;
  const json = await deps.traits.adapt(model, async (adapted) => {
    try {
      return await deps.client.post<unknown>("/embeddings", { body: bodyOf(request, adapted), signal });
    } catch (error) {
      throw failures.thrown(error, signal, model);
    }
  });
  const answer = answerSchema.safeParse(json);
  if (!answer.success) throw failures.ofProtocol("its embeddings are none");
  const { data, usage, model: named = model } = answer.data;
  const vectors = data.toSorted((a, b) => a.index - b.index).map(({ embedding }) => numbersOf(embedding));
  const isWhole = vectors.length === input.length && new Set(data.map(({ index }) => index)).size === input.length;
  if (!isWhole) throw failures.ofProtocol(`it returned ${data.length} embeddings for ${input.length} texts`);
  if (vectors.some((vector) => !isVector(vector, vectors[0])))
    throw failures.ofProtocol("its embeddings are not numbers, or differ in length");
  const characters = input.reduce((sum, each) => sum + lengthOf(each), 0);
  const { inputTokens } = embeddingUsageOf(usage) ?? estimatedUsage(characters, 0);
  return { vectors, model: named, inputTokens };
}

function bodyOf({ model, input, dimensions }: EmbedRequest, { missing, used }: AdaptedRequest): object {
  const isBase64 = !missing.has("base64");
  if (isBase64) used.add("base64");
  return {
    model,
    input,
    ...(dimensions !== undefined && { dimensions }),
    ...(isBase64 && { encoding_format: "base64" }),
  };
}

function isVector(vector: readonly number[], first: readonly number[] | undefined): boolean {
  return vector.length > 0 && vector.length === first?.length && vector.every(Number.isFinite);
}

/** Numbers, or their bytes as base64: 32-bit floats, the least significant byte first. */
function numbersOf(embedding: string | readonly number[]): readonly number[] {
  if (typeof embedding !== "string") return embedding;
  const bytes = Buffer.from(embedding, "base64");
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.readFloatLE(index * 4));
}
