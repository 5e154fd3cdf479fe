import { ModelFailure } from "../../../core/models/modelFailure.ts";

/** A part of the protocol that not every server has, or not for every model. */
const parts = {
  format: /output_config\.format|output_format|json_schema|structured output/i,
  effort: /output_config|effort|thinking|adaptive/i,
  cache: /cache_control/i,
} as const;

type MessagesPart = keyof typeof parts;

/** Words of servers about a part that they do not have, as opposed to one with a wrong value. */
const UNKNOWN =
  /unsupported|not supported|n['o]t support|unknown|unrecogni[sz]ed|unexpected|extra inputs|not permitted/i;
/** Anthropic says so: `max_tokens: 32000 > 8192, which is the maximum …`. */
const LOWER_LIMIT = /max_tokens: \d+ > (\d+)/;

/** The API wants a limit. Models with a lower one say so. */
const DEFAULT_MAX_TOKENS = 32_000;
const MAX_MODELS = 1000;

/** A request that is built for a server of which some is known. */
export interface AdaptedMessages {
  /** For a request without a limit. */
  readonly maxTokens: number;
  /** Parts to leave out. */
  readonly missing: ReadonlySet<MessagesPart>;
  /** The parts that the request has, to be filled in by its builder. */
  readonly used: Set<MessagesPart | "maxTokens">;
}

type Known = Pick<AdaptedMessages, "maxTokens" | "missing">;

/** Remembers for each model what its server has turned out not to have. */
export class MessagesTraits {
  readonly #known = new Map<string, Known>();

  /** Sends a request, and again without what the server says it does not have. */
  async adapt<T>(model: string, send: (request: AdaptedMessages) => Promise<T>): Promise<T> {
    const before: Known = this.#known.get(model) ?? { maxTokens: DEFAULT_MAX_TOKENS, missing: new Set() };
    let known = before;
    for (;;) {
      const used: AdaptedMessages["used"] = new Set();
      try {
        const result = await send({ ...known, used });
        // A part is only missing for sure if it works without.
        if (known !== before && this.#known.size < MAX_MODELS) this.#known.set(model, known);
        return result;
      } catch (error) {
        const next = withoutRejected(error, known, used);
        if (next === undefined) throw error;
        known = next;
      }
    }
  }
}

function withoutRejected(error: unknown, known: Known, used: AdaptedMessages["used"]): Known | undefined {
  if (!(error instanceof ModelFailure) || error.kind !== "invalid") return undefined;
  const text = `${error.options.parameter ?? ""} ${error.message}`;
  const limit = Number(LOWER_LIMIT.exec(text)?.[1] ?? 0);
  if (used.has("maxTokens") && limit > 0 && limit < known.maxTokens) return { ...known, maxTokens: limit };
  if (!UNKNOWN.test(text)) return undefined;
  const part = (["format", "effort", "cache"] as const).find((each) => used.has(each) && parts[each].test(text));
  return part === undefined ? undefined : { ...known, missing: new Set([...known.missing, part]) };
}
