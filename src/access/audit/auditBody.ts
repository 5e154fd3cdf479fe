import { isoTime } from "../../base/isoTime.ts";
import type { AuditEntry, ExecutionAccepted, ExecutionEnded } from "../../core/access/audit.ts";
import type { Caller } from "../../core/access/principal.ts";
import { ruleText } from "../../core/access/ruleText.ts";
import type { PrincipalRef } from "../../protocol/access.ts";
import type { AuditKind, AuditLine } from "../../protocol/audit/auditEntry.ts";

const MAX_SCOPES = 100;

/** The fields of a line after its link. */
export type AuditBody = Omit<AuditLine, "prev" | "seq" | "time" | "kind"> & { readonly kind: AuditKind };

/** An execution that has ended before its entry was serialized has one line. */
export type Encodable = AuditEntry | (ExecutionAccepted & { readonly ended: ExecutionEnded });

/** The arguments of a command, as far as the log has them. */
export type ArgsContent = Pick<AuditBody, "argsDigest" | "args">;

/** Masks and shortens a text. */
type Show = (text: string) => string;

/** Returns the texts of an entry that a program has chosen, or that may be long. */
export function textsOf(entry: Encodable): string[] {
  const by = "by" in entry ? entry.by : undefined;
  const principal = by !== undefined && "principal" in by ? by.principal : by;
  const texts = [principal?.name, by !== undefined && "program" in by ? by.program : undefined, ...ownTextsOf(entry)];
  return texts.filter((text) => text !== undefined);
}

function ownTextsOf(entry: Encodable): (string | undefined)[] {
  switch (entry.kind) {
    case "execution-accepted":
      return [entry.command, entry.rule];
    case "execution-ended":
      return [entry.command, entry.principal?.name];
    case "request-refused":
      return [entry.program, entry.what, ruleText(entry.error.context)];
    case "pairing-requested":
    case "pairing-allowed":
    case "pairing-denied":
    case "pairing-expired":
      return [entry.name, entry.program];
    case "client-created":
    case "client-revoked":
    case "client-expired":
    case "token-rotated":
      return [entry.client.name];
    case "access-widened":
      return [entry.value];
    case "export-tested":
    case "export-replayed":
    case "dead-letters-removed":
      return [entry.name];
    case "plugin-approved":
    case "plugin-denied":
    case "plugin-started":
    case "plugin-refused":
      return [entry.name, entry.version, entry.folder];
    case "cancel-requested":
    case "input-answered":
    case "terminal-opened":
      return [];
  }
}

/** Builds the fields of a line. */
export function bodyOf(entry: Encodable, content: ArgsContent, show: Show): AuditBody {
  switch (entry.kind) {
    case "execution-accepted":
      return acceptedBody(entry, content, show);
    case "execution-ended": {
      const { kind, executionId, command, principal } = entry;
      const by = principal === undefined ? {} : { principal: refOf(principal, show) };
      return { kind, ...by, executionId, command: show(command), ...endOf(entry) };
    }
    case "cancel-requested":
    case "input-answered":
      return { kind: entry.kind, ...callerOf(entry.by, show), executionId: entry.executionId };
    case "terminal-opened":
      return { kind: entry.kind, ...callerOf(entry.by, show) };
    case "request-refused":
      return refusedBody(entry, show);
    case "pairing-requested":
    case "pairing-allowed":
    case "pairing-denied":
    case "pairing-expired": {
      const { kind, by, pairingId, name, program, scopes, expiresAt } = entry;
      const asking = { pairingId, name: show(name), ...programOf(program, show) };
      return { kind, ...callerOf(by, show), ...asking, ...grantOf(scopes, expiresAt) };
    }
    case "client-created":
    case "client-revoked":
    case "client-expired": {
      const { kind, by, client, scopes, expiresAt } = entry;
      return { kind, ...callerOf(by, show), client: refOf(client, show), ...grantOf(scopes, expiresAt) };
    }
    case "token-rotated":
      return { kind: entry.kind, ...callerOf(entry.by, show), client: refOf(entry.client, show) };
    case "access-widened":
      return { kind: entry.kind, setting: entry.setting, value: show(entry.value) };
    case "export-tested":
    case "export-replayed":
    case "dead-letters-removed":
      return { kind: entry.kind, ...callerOf(entry.by, show), name: show(entry.name) };
    case "plugin-approved":
    case "plugin-denied":
    case "plugin-started":
    case "plugin-refused": {
      const { kind, name, version, folder } = entry;
      return { kind, name: show(name), version: show(version), folder: show(folder) };
    }
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

function acceptedBody(entry: Extract<Encodable, ExecutionAccepted>, content: ArgsContent, show: Show): AuditBody {
  const { by, executionId, target, command, rule } = entry;
  const ended = "ended" in entry ? entry.ended : undefined;
  return {
    kind: ended === undefined ? "execution-accepted" : "execution",
    ...callerOf(by, show),
    executionId,
    target,
    command: show(command),
    ...content,
    ...(rule !== undefined && { rule: show(rule) }),
    ...(ended !== undefined && endOf(ended)),
  };
}

function refusedBody(entry: Extract<AuditEntry, { kind: "request-refused" }>, show: Show): AuditBody {
  const { kind, by, via, program, what, error } = entry;
  const { code, executionId, context } = error;
  const rule = ruleText(context);
  return {
    kind,
    ...(by !== undefined && { principal: refOf(by, show) }),
    via,
    ...programOf(program, show),
    what: show(what),
    code,
    ...(executionId !== undefined && { executionId }),
    ...(rule !== undefined && { rule: show(rule) }),
  };
}

function callerOf(caller: Caller | undefined, show: Show): Pick<AuditBody, "principal" | "via" | "program"> {
  if (caller === undefined) return {};
  const { principal, via, program } = caller;
  return { principal: refOf(principal, show), via, ...programOf(program, show) };
}

function programOf(program: string | undefined, show: Show): Pick<AuditBody, "program"> {
  return program === undefined || program === "" ? {} : { program: show(program) };
}

function refOf({ id, name, kind }: PrincipalRef, show: Show): PrincipalRef {
  return { id, name: show(name), kind };
}

function endOf({ status, code, elapsedMs }: ExecutionEnded): Pick<AuditBody, "status" | "code" | "ms"> {
  return { status, ...(code !== undefined && { code }), ms: Math.round(elapsedMs) };
}

function grantOf(scopes: readonly string[], expiresAt: number | undefined): Pick<AuditBody, "scopes" | "expiresAt"> {
  return { scopes: scopes.slice(0, MAX_SCOPES), ...(expiresAt !== undefined && { expiresAt: isoTime(expiresAt) }) };
}
