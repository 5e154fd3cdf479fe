import { isoTime } from "../../base/isoTime.ts";
import type { ExecutionAccepted } from "../../core/access/audit.ts";
import type { ArgsDigest } from "./argsDigest.ts";
import { type ArgsContent, bodyOf, bodyText, type Encodable, textsOf } from "./auditBody.ts";

/** Maximum length of a text of a caller in characters. */
const LONGEST_TEXT = 200;
/** Length behind it that is searched for secrets as well: one is recognized by its first characters. */
const MARGIN = 2000;
/** Maximum length of the arguments of a command in characters, if their text is wanted. */
const LONGEST_ARGS = 4000;
/** Maximum number of remembered texts, and for how long, in milliseconds: the user may change what is masked. */
const MAX_KNOWN = 1000;
const KNOWN_MS = 30_000;

export interface AuditEncoderDeps {
  /** Returns the digests of arguments, or undefined while their key cannot be read. */
  readonly digest: () => ArgsDigest | undefined | Promise<ArgsDigest | undefined>;
  /** Masks secrets in a JSON value. */
  readonly mask: (value: unknown) => Promise<unknown>;
}

export interface AuditEncoderOptions {
  /** `digest` omits the text of arguments. */
  readonly content: "digest" | "text";
}

/** The parts of the lines of one caller and one command that are always the same, as JSON. */
interface Fragments {
  readonly before: string;
  readonly between: string;
  readonly after: string;
}

/** Serializes entries: without the arguments of a command, unless the user wants them, and then with secrets masked. */
export class AuditEncoder {
  readonly #deps: AuditEncoderDeps;
  readonly #options: AuditEncoderOptions;
  readonly #masked = new Map<string, string>();
  readonly #fragments = new Map<string, Fragments>();
  #knownSince = performance.now();

  constructor(deps: AuditEncoderDeps, options: AuditEncoderOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /**
   * Returns a promise only if it must wait: most executions are of a caller and a command that came before.
   * @throws Error for arguments that JSON cannot express
   */
  encode(entry: Encodable, time: number): string | Promise<string> {
    this.#forget();
    if (entry.kind !== "execution-accepted" || this.#options.content !== "digest") return this.#encode(entry, time);
    const fragments = this.#fragments.get(keyOfExecution(entry));
    // Not even asked for without arguments: a key that is not there yet is created.
    const digest = hasArguments(entry) ? this.#deps.digest() : undefined;
    if (fragments === undefined || digest instanceof Promise) return this.#encode(entry, time);
    const content = digest === undefined ? "" : `,"argsDigest":"${digest.of(entry)}"`;
    const { before, between, after } = fragments;
    const kind = "ended" in entry ? "execution" : entry.kind;
    return `{"time":"${isoTime(time)}","kind":"${kind}",${before},"executionId":"${entry.executionId}",${between}${content}${after}${endText(entry)}}`;
  }

  async #encode(entry: Encodable, time: number): Promise<string> {
    for (const text of textsOf(entry)) if (!this.#masked.has(keyOf(text))) await this.#mask(keyOf(text));
    const content = entry.kind === "execution-accepted" ? await this.#content(entry) : {};
    const body = bodyOf(entry, content, (text) => this.#masked.get(keyOf(text)) ?? "");
    if (entry.kind === "execution-accepted") {
      const { principal, via, program, target, command, rule } = body;
      this.#fragments.set(keyOfExecution(entry), {
        before: fieldsText({ principal, via, program }),
        between: fieldsText({ target, command }),
        after: rule === undefined ? "" : `,${fieldsText({ rule })}`,
      });
    }
    return bodyText(body, time);
  }

  #forget(): void {
    const now = performance.now();
    const isOver = this.#masked.size > MAX_KNOWN || this.#fragments.size > MAX_KNOWN;
    if (!isOver && now - this.#knownSince < KNOWN_MS) return;
    this.#knownSince = now;
    this.#masked.clear();
    this.#fragments.clear();
  }

  async #mask(text: string): Promise<void> {
    this.#masked.set(text, String(await this.#deps.mask(text)).slice(0, LONGEST_TEXT));
  }

  async #content(entry: ExecutionAccepted): Promise<ArgsContent> {
    if (!hasArguments(entry)) return {};
    const digest = await this.#deps.digest();
    const content = digest === undefined ? {} : { argsDigest: digest.of(entry) };
    if (this.#options.content === "digest") return content;
    const { args, params } = entry;
    const masked = JSON.stringify(await this.#deps.mask(params === undefined ? args : { args, params }));
    return { ...content, args: masked.slice(0, LONGEST_ARGS) };
  }
}

function hasArguments({ args, params }: ExecutionAccepted): boolean {
  return args.length + (params?.length ?? 0) > 0;
}

function keyOf(text: string): string {
  return text.slice(0, LONGEST_TEXT + MARGIN);
}

function keyOfExecution({
  by: { principal, via, program = "" },
  target,
  command,
  rule = "",
}: ExecutionAccepted): string {
  return [principal.id, principal.name, principal.kind, via, target, keyOf(program), keyOf(command), rule].join("\0");
}

function fieldsText(fields: object): string {
  return JSON.stringify(fields).slice(1, -1);
}

function endText(entry: Encodable): string {
  if (!("ended" in entry)) return "";
  const { status, code, elapsedMs } = entry.ended;
  return `,"status":"${status}"${code === undefined ? "" : `,"code":"${code}"`},"ms":${Math.round(elapsedMs)}`;
}
