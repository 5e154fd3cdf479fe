import { createHmac } from "node:crypto";
import { isoTime } from "../../base/isoTime.ts";
import type { AuditEntry, ExecutionAccepted, ExecutionEnded, RequestRefused } from "../../core/access/audit.ts";
import { type Caller, principalRef, type Principal } from "../../core/access/principal.ts";
import { canonicalJson } from "../../core/commands/canonicalJson.ts";
import type { PrincipalRef } from "../../protocol/access.ts";
import type { AuditKind, AuditLine } from "../../protocol/audit/auditEntry.ts";
import { ruleText } from "../../core/access/ruleText.ts";

/** Maximum length of a text of a caller in characters. */
const LONGEST_TEXT = 200;
/** Maximum length of the arguments of a command in characters, if their text is wanted. */
const LONGEST_ARGS = 4000;
const MAX_SCOPES = 100;
/** Maximum number of remembered masked texts. */
const MAX_MASKED = 1000;

/** The fields of a line after its link. */
export type AuditBody = Omit<AuditLine, "prev" | "seq" | "time" | "kind"> & { readonly kind: AuditKind };

export interface AuditEncoderDeps {
  /** Returns the key of digests, or undefined while it cannot be read. */
  readonly key: () => Promise<Uint8Array | undefined>;
  /** Masks secrets in a JSON value. */
  readonly mask: (value: unknown) => Promise<unknown>;
}

export interface AuditEncoderOptions {
  /** `digest` omits the text of arguments. */
  readonly content: "digest" | "text";
}

/** An execution that has ended before its entry was serialized has one line. */
type Encodable = AuditEntry | (ExecutionAccepted & { readonly ended: ExecutionEnded });

/** Serializes entries: without the arguments of a command, unless the user wants them, and then with secrets masked. */
export class AuditEncoder {
  readonly #deps: AuditEncoderDeps;
  readonly #options: AuditEncoderOptions;
  readonly #masked = new Map<string, string>();

  constructor(deps: AuditEncoderDeps, options: AuditEncoderOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  async encode(entry: Encodable, time: number): Promise<string> {
    return bodyText(await this.#bodyOf(entry), time);
  }

  async #bodyOf(entry: Encodable): Promise<AuditBody> {
    switch (entry.kind) {
      case "execution-accepted":
        return await this.#accepted(entry);
      case "execution-ended":
        return await this.#ended(entry);
      case "cancel-requested":
      case "input-answered":
        return { kind: entry.kind, ...(await this.#caller(entry.by)), executionId: entry.executionId };
      case "terminal-opened":
        return { kind: entry.kind, ...(await this.#caller(entry.by)) };
      case "request-refused":
        return await this.#refused(entry);
      case "pairing-requested":
      case "pairing-allowed":
      case "pairing-denied":
      case "pairing-expired": {
        const { kind, by, pairingId, name, program, scopes, expiresAt } = entry;
        const asking = { pairingId, name: await this.#text(name), ...(await this.#program(program)) };
        return { kind, ...(await this.#caller(by)), ...asking, ...grantOf(scopes, expiresAt) };
      }
      case "client-created":
      case "client-revoked":
      case "client-expired": {
        const { kind, by, client, scopes, expiresAt } = entry;
        return { kind, ...(await this.#caller(by)), client: await this.#ref(client), ...grantOf(scopes, expiresAt) };
      }
      case "token-rotated":
        return { kind: entry.kind, ...(await this.#caller(entry.by)), client: await this.#ref(entry.client) };
      case "access-widened":
        return { kind: entry.kind, setting: entry.setting, value: await this.#text(entry.value) };
    }
  }

  async #accepted(entry: Extract<Encodable, ExecutionAccepted>): Promise<AuditBody> {
    const { by, executionId, target, command, args, params, rule } = entry;
    const ended = "ended" in entry ? entry.ended : undefined;
    return {
      kind: ended === undefined ? "execution-accepted" : "execution",
      ...(await this.#caller(by)),
      executionId,
      target,
      command: await this.#text(command),
      ...(args.length + (params?.length ?? 0) > 0 && (await this.#content({ args, params }))),
      ...(rule !== undefined && { rule: await this.#text(rule) }),
      ...(ended !== undefined && endOf(ended)),
    };
  }

  async #ended(entry: ExecutionEnded): Promise<AuditBody> {
    const { kind, executionId, command, principal } = entry;
    return {
      kind,
      ...(principal !== undefined && { principal: await this.#ref(principal) }),
      executionId,
      command: await this.#text(command),
      ...endOf(entry),
    };
  }

  async #refused({ kind, by, via, program, what, error }: RequestRefused): Promise<AuditBody> {
    const { code, executionId, context } = error;
    const rule = ruleText(context);
    return {
      kind,
      ...(by !== undefined && { principal: await this.#ref(by) }),
      via,
      ...(await this.#program(program)),
      what: await this.#text(what),
      code,
      ...(executionId !== undefined && { executionId }),
      ...(rule !== undefined && { rule: await this.#text(rule) }),
    };
  }

  async #content(content: Pick<ExecutionAccepted, "args" | "params">): Promise<Pick<AuditBody, "argsDigest" | "args">> {
    const key = await this.#deps.key();
    const digest = key === undefined ? {} : { argsDigest: digestOf(key, content) };
    if (this.#options.content === "digest") return digest;
    const { args, params } = content;
    const masked = JSON.stringify(await this.#deps.mask(params === undefined ? args : { args, params }));
    return { ...digest, args: masked.slice(0, LONGEST_ARGS) };
  }

  async #caller(caller: Caller | undefined): Promise<Pick<AuditBody, "principal" | "via" | "program">> {
    if (caller === undefined) return {};
    const { principal, via, program } = caller;
    return { principal: await this.#ref(principal), via, ...(await this.#program(program)) };
  }

  async #program(program: string | undefined): Promise<Pick<AuditBody, "program">> {
    return program === undefined || program === "" ? {} : { program: await this.#text(program) };
  }

  async #ref(principal: Principal | PrincipalRef): Promise<PrincipalRef> {
    const { id, name, kind } = "scopes" in principal ? principalRef(principal) : principal;
    return { id, name: await this.#text(name), kind };
  }

  /** Masks and shortens a text that a caller has chosen: the same few names come again and again. */
  async #text(text: string): Promise<string> {
    const short = text.slice(0, LONGEST_TEXT);
    const known = this.#masked.get(short);
    if (known !== undefined) return known;
    const masked = String(await this.#deps.mask(short));
    if (this.#masked.size >= MAX_MASKED) this.#masked.clear();
    this.#masked.set(short, masked);
    return masked;
  }
}

/** Serializes the fields of a line, except its link. */
export function bodyText({ kind, ...fields }: AuditBody, time: number): string {
  return JSON.stringify({ time: isoTime(time), kind, ...fields });
}

/** Returns the time of a serialized line in epoch milliseconds. */
export function timeOf(body: string): number {
  const start = '{"time":"'.length;
  const time = Date.parse(body.slice(start, body.indexOf('"', start)));
  return Number.isNaN(time) ? Date.now() : time;
}

/** Returns the digest of the arguments of a command (docs/audit.md#digests-of-arguments). */
export function digestOf(key: Uint8Array, { args, params = [] }: Pick<ExecutionAccepted, "args" | "params">): string {
  return `hmac-sha256:${createHmac("sha256", key)
    .update(canonicalJson([args, params]))
    .digest("hex")}`;
}

function endOf({ status, code, elapsedMs }: ExecutionEnded): Pick<AuditBody, "status" | "code" | "ms"> {
  return { status, ...(code !== undefined && { code }), ms: Math.round(elapsedMs) };
}

function grantOf(scopes: readonly string[], expiresAt: number | undefined): Pick<AuditBody, "scopes" | "expiresAt"> {
  return { scopes: scopes.slice(0, MAX_SCOPES), ...(expiresAt !== undefined && { expiresAt: isoTime(expiresAt) }) };
}
