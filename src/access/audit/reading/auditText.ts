import { type AuditLine } from "../../../protocol/audit/auditEntry.ts";
import type { AuditFileVerdict, AuditState, AuditVerification } from "../../../protocol/audit/auditVerification.ts";

/** Returns an entry as one sentence. */
export function entryText(entry: AuditLine): string {
  const who = callerText(entry);
  const how = entry.rule === undefined ? "" : ` (${entry.rule})`;
  switch (entry.kind) {
    case "audit-opened":
      return "A window began to write this log.";
    case "execution":
      return `${who} ran ${entry.command}${how}: ${endText(entry)}.`;
    case "execution-accepted":
      return `${who} sent ${entry.command}${how}.`;
    case "execution-ended":
      return `${entry.command} of ${who} ended: ${endText(entry)}.`;
    case "cancel-requested":
      return `${who} cancelled ${entry.executionId}.`;
    case "input-answered":
      return `${who} answered a question of ${entry.executionId}.`;
    case "terminal-opened":
      return `${who} opened a terminal with Kiro CLI.`;
    case "request-refused":
      return `${who} was rejected with ${entry.code}${how}: ${entry.what}.`;
    case "requests-refused":
      return `${who} was rejected ${entry.count} more times with ${entry.code}.`;
    default:
      return accessText(entry, who);
  }
}

function accessText(entry: AuditLine, who: string): string {
  const client = entry.client === undefined ? "A client" : quoted(entry.client.name);
  const asking = quoted(entry.name ?? "");
  const plugin = `${asking} ${entry.version ?? ""} in ${entry.folder ?? ""}`;
  const until = entry.expiresAt === undefined ? "" : ` until ${entry.expiresAt}`;
  const scopes = entry.scopes?.join(", ") ?? "";
  const by = entry.principal === undefined ? "" : ` by ${who}`;
  switch (entry.kind) {
    case "pairing-requested":
      return `${asking} asked to be let in: ${scopes}.`;
    case "pairing-allowed":
      return `${asking} was let in${until}${by}: ${scopes}.`;
    case "pairing-denied":
      return `${asking} was denied${by}.`;
    case "pairing-expired":
      return `The request of ${asking} expired without a decision.`;
    case "client-created":
      return `${client} was given access${until}${by}: ${scopes}.`;
    case "client-revoked":
      return `The access of ${client} was revoked${by}.`;
    case "client-expired":
      return `The access of ${client} expired.`;
    case "token-rotated":
      return `The token of ${client} was replaced${by}.`;
    case "access-widened":
      return `A setting gives more access: kiroBridge.${entry.setting} is ${entry.value}.`;
    case "plugin-approved":
      return `The user allowed the plugin ${plugin} to run.`;
    case "plugin-denied":
      return `The user did not allow the plugin ${plugin} to run.`;
    case "plugin-started":
      return `The plugin ${plugin} was started.`;
    case "plugin-refused":
      return `The plugin ${plugin} is not used: another one has its name.`;
    case "export-tested":
      return `A test item was sent to the destination ${asking}${by}.`;
    case "export-replayed":
      return `The dead letters of the destination ${asking} were sent again${by}.`;
    case "dead-letters-removed":
      return `The dead letters of the destination ${asking} were removed${by}.`;
    case "clock-moved-back":
      return `The clock was set back by ${entry.ms} ms.`;
    case "entries-lost":
      return `${entry.count} entries could not be written: the disk was full or too slow.`;
    default:
      return entry.kind;
  }
}

function callerText({ principal, program, via }: AuditLine): string {
  const name = principal?.kind === "owner" ? "The owner" : principal && quoted(principal.name);
  if (via === "editor") return "The user";
  if (name === undefined)
    return program === undefined ? "A program without a valid token" : `${program}, without a valid token,`;
  if (via === "agent") return `The agent ${program ?? ""} for ${name === "The owner" ? "the owner" : name}`;
  return program === undefined ? name : `${name} (${program})`;
}

function endText({ status = "", code, ms = 0 }: AuditLine): string {
  return `${status}${code === undefined ? "" : ` with ${code}`} after ${ms} ms`;
}

function quoted(name: string): string {
  return `“${name}”`;
}

/** Returns the result of a verification in words, with the first bad line. */
export function verificationText({ state, lines, files }: AuditVerification): string {
  const written = files.filter((file) => file.state !== "removed");
  const bad = files.find(({ isGood }) => !isGood);
  if (bad === undefined) {
    if (lines === 0) return "There is no audit log yet.";
    const killed = files.filter((file) => file.state === "killed").length;
    const crash = killed === 0 ? "" : ` ${count(killed, "file")} ended with a crash, whose last moment may be missing.`;
    return `The audit log is whole: ${count(lines, "line")} in ${count(written.length, "file")}, nothing was changed or cut out.${crash}`;
  }
  const others = files.filter(({ isGood }) => !isGood).length - 1;
  const more = others === 0 ? "" : ` ${count(others, "more file")} did not pass either.`;
  return `The audit log is ${state}: ${verdictText(bad)}.${more}`;
}

/** Returns what was found in a file, without a full stop. */
export function verdictText({ file, state, firstBadLine = 1 }: AuditFileVerdict): string {
  const of = { file, line: firstBadLine };
  return texts[state](of);
}

type Text = (of: { readonly file: string; readonly line: number }) => string;

const texts: Readonly<Record<AuditState, Text>> = {
  whole: ({ file }) => `${file} is whole`,
  open: ({ file }) => `${file} is whole, and a window writes to it`,
  killed: ({ file }) => `${file} is whole up to the crash of its process`,
  removed: ({ file }) => `${file} was removed by the bridge, because of its age or size`,
  changed: ({ file, line }) => `line ${line} of ${file} was changed, or the link of the next one`,
  cut: ({ file, line }) => `lines are missing before line ${line} of ${file}`,
  reordered: ({ file, line }) => `lines of ${file} were moved or inserted, from line ${line}`,
  "tail-cut": ({ file, line }) =>
    `the end of ${file} is missing from line ${line}: it was cut off, or lost in a power failure`,
  appended: ({ file, line }) => `lines were added to ${file} after its end, from line ${line}`,
  missing: ({ file }) => `${file} is missing, and the bridge did not remove it`,
  unlisted: ({ file }) => `${file} is not in the index`,
  "no-head": ({ file }) => `the head of ${file} is missing, so its end cannot be checked`,
};

function count(number: number, what: string): string {
  return number === 1 ? `1 ${what}` : `${number} ${what}s`;
}
