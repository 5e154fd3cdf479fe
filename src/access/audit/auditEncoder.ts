import type { ExecutionAccepted } from "../../core/access/audit.ts";
import type { ArgsDigest } from "./argsDigest.ts";
import { type ArgsContent, bodyOf, bodyText, type Encodable, textsOf } from "./auditBody.ts";

/** Maximum length of a text of a caller in characters. */
const LONGEST_TEXT = 200;
/** Length behind it that is searched for secrets as well: one is recognized by its first characters. */
const MARGIN = 2000;
/** Maximum length of the arguments of a command in characters, if their text is wanted. */
const LONGEST_ARGS = 4000;
/** Maximum number of remembered masked texts. */
const MAX_MASKED = 1000;

export interface AuditEncoderDeps {
  /** Returns the digests of arguments, or undefined while their key cannot be read. */
  readonly digest: () => Promise<ArgsDigest | undefined>;
  /** Masks secrets in a JSON value. */
  readonly mask: (value: unknown) => Promise<unknown>;
}

export interface AuditEncoderOptions {
  /** `digest` omits the text of arguments. */
  readonly content: "digest" | "text";
}

/** Serializes entries: without the arguments of a command, unless the user wants them, and then with secrets masked. */
export class AuditEncoder {
  readonly #deps: AuditEncoderDeps;
  readonly #options: AuditEncoderOptions;
  readonly #masked = new Map<string, string>();

  constructor(deps: AuditEncoderDeps, options: AuditEncoderOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** @throws Error for arguments that JSON cannot express */
  async encode(entry: Encodable, time: number): Promise<string> {
    if (this.#masked.size > MAX_MASKED) this.#masked.clear();
    // The same few texts come again and again.
    for (const text of textsOf(entry)) if (!this.#masked.has(keyOf(text))) await this.#mask(keyOf(text));
    const content = entry.kind === "execution-accepted" ? await this.#content(entry) : {};
    return bodyText(
      bodyOf(entry, content, (text) => this.#masked.get(keyOf(text)) ?? ""),
      time,
    );
  }

  async #mask(text: string): Promise<void> {
    this.#masked.set(text, String(await this.#deps.mask(text)).slice(0, LONGEST_TEXT));
  }

  async #content({ args, params }: ExecutionAccepted): Promise<ArgsContent> {
    if (args.length + (params?.length ?? 0) === 0) return {};
    const digest = await this.#deps.digest();
    const content = digest === undefined ? {} : { argsDigest: digest.of({ args, params }) };
    if (this.#options.content === "digest") return content;
    const masked = JSON.stringify(await this.#deps.mask(params === undefined ? args : { args, params }));
    return { ...content, args: masked.slice(0, LONGEST_ARGS) };
  }
}

function keyOf(text: string): string {
  return text.slice(0, LONGEST_TEXT + MARGIN);
}
