import { ModelFailure } from "../../../core/models/modelFailure.ts";

/** A part of the protocol that not every server has, or not for every model. */
const parts = {
  /** The usage at the end of a stream. */
  streamUsage: /stream_options|include_usage/,
  /** The two names of the limit of the answer. */
  maxTokens: /max_tokens/,
  maxCompletionTokens: /max_completion_tokens/,
  jsonSchema: /response_format|json_schema|text\.format/,
  jsonObject: /response_format|json_object|text\.format/,
  parallelCalls: /parallel_tool_calls/,
  base64: /encoding_format|base64/,
  reasoningSummary: /\breasoning\b(?!\.effort)/i,
  encryptedReasoning: /encrypted|\binclude\b/i,
} as const;

export type ProtocolPart = keyof typeof parts;
type LimitName = "maxTokens" | "maxCompletionTokens";

/** Words of servers about a part that they do not have, as opposed to one with a wrong value. */
const UNKNOWN =
  /unsupported|not supported|n['o]t support|unknown|unrecogni[sz]ed|unexpected|unavailable|extra (?:inputs|fields)|not (?:permitted|allowed)|must be|one of/i;
/** Words about the value of a part that they have. */
const WRONG_VALUE = /invalid schema|too (?:large|small|high|low)/i;

/** OpenAI and Azure, whose models that reason know only the new name of the limit. Others may know only the old one. */
const OPENAI = /(?:^|\.)(?:openai\.com|azure\.com|azure\.us|azure\.cn)$/;

/** A client may name any number of models to a server that takes every name. */
const MAX_MODELS = 500;

/** Remembers for each model what its server has turned out not to have. */
export class ServerTraits {
  readonly #limitNames: readonly LimitName[];
  readonly #missing = new Map<string, ReadonlySet<ProtocolPart>>();

  /** @param baseUrl default: that of OpenAI */
  constructor(baseUrl: string | undefined) {
    const isOpenAi = baseUrl === undefined || OPENAI.test(new URL(baseUrl).hostname);
    this.#limitNames = isOpenAi ? ["maxCompletionTokens", "maxTokens"] : ["maxTokens", "maxCompletionTokens"];
  }

  /** Sends a request, and again without a part that the server says it does not know. */
  async adapt<T>(model: string, send: (request: AdaptedRequest) => Promise<T>): Promise<T> {
    let missing: ReadonlySet<ProtocolPart> = this.#missing.get(model) ?? new Set();
    for (;;) {
      const used = new Set<ProtocolPart>();
      try {
        const result = await send({ missing, used, limitNames: this.#limitNames });
        // A part is only missing for sure if it works without.
        this.#remember(model, missing);
        return result;
      } catch (error) {
        const part = missingPart(error, used);
        if (part === undefined) throw error;
        missing = new Set([...missing, part]);
      }
    }
  }

  #remember(model: string, missing: ReadonlySet<ProtocolPart>): void {
    if (missing.size === 0 || this.#missing.get(model) === missing) return;
    this.#missing.set(model, missing);
    const [oldest] = this.#missing.keys();
    if (this.#missing.size > MAX_MODELS && oldest !== undefined) this.#missing.delete(oldest);
  }
}

/** A request that is built for a server of which some is known. */
export interface AdaptedRequest {
  /** Parts to leave out. */
  readonly missing: ReadonlySet<ProtocolPart>;
  /** The parts that the request has, to be filled in by its builder, which leaves out each missing one. */
  readonly used: Set<ProtocolPart>;
  /** The names of the limit of the answer, the best first. */
  readonly limitNames: readonly LimitName[];
}

function missingPart(error: unknown, used: ReadonlySet<ProtocolPart>): ProtocolPart | undefined {
  if (!(error instanceof ModelFailure) || error.kind !== "invalid") return undefined;
  const { message, options } = error;
  if (WRONG_VALUE.test(message) || !UNKNOWN.test(message)) return undefined;
  const named = [...used].filter((part) => parts[part].test(options.parameter ?? ""));
  return [...named, ...used].find((part) => parts[part].test(`${options.parameter} ${message}`));
}
