import type { Json } from "../../../../protocol/values.ts";
import type { AnswerSize } from "../../answers/answerSize.ts";

type Detail = Readonly<Record<string, Json>>;

/** The fields that grow with each piece of a block. All others come once. */
const growing: ReadonlySet<string> = new Set(["text", "summary", "data"]);

/** OpenRouter's blocks of reasoning while they arrive in pieces. They go back as they would be without a stream. */
export class ReasoningDetails {
  readonly #size: AnswerSize;
  readonly #list: Json[] = [];

  constructor(size: AnswerSize) {
    this.#size = size;
  }

  get list(): readonly Json[] {
    return this.#list;
  }

  /** @throws ModelFailure `too-large` */
  add(piece: Json): void {
    this.#size.add(JSON.stringify(piece));
    const last = this.#list.at(-1);
    if (isDetail(piece) && isDetail(last) && isSameBlock(last, piece)) this.#list.splice(-1, 1, joined(last, piece));
    else this.#list.push(piece);
  }
}

function isDetail(value: Json | undefined): value is Detail {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSameBlock(a: Detail, b: Detail): boolean {
  return typeof b["type"] === "string" && a["type"] === b["type"] && a["index"] === b["index"];
}

function joined(block: Detail, piece: Detail): Detail {
  const fields = Object.entries(piece).filter(([, value]) => value !== null);
  const added = fields.map(([name, value]): [string, Json] => {
    const before = block[name];
    const isGrowing = growing.has(name) && typeof before === "string" && typeof value === "string";
    return [name, isGrowing ? before + value : value];
  });
  return { ...block, ...Object.fromEntries(added) };
}
