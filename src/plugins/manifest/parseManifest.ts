import type * as z from "zod";
import { messageOf } from "../../protocol/errors.ts";
import { isNestedTooDeep, prototypeKeyIn } from "./jsonGuard.ts";
import { type PluginManifest, pluginManifestSchema } from "./pluginManifest.ts";
import { unknownKeys } from "./unknownKeys.ts";

/** The most problems that are reported of one manifest. */
const MAX_PROBLEMS = 20;

/** The longest command line in characters: the user approves it, and so must be able to read it. */
const MAX_COMMAND_LINE = 400;

export interface ManifestProblem {
  /** Such as `communication.rpc.methods[2].name`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
}

export type ManifestReading =
  | { readonly kind: "valid"; readonly manifest: PluginManifest; readonly warnings: readonly ManifestProblem[] }
  | { readonly kind: "invalid"; readonly problems: readonly ManifestProblem[] };

/** Parses the text of a manifest. Never throws. */
export function parseManifest(text: string): ManifestReading {
  if (isNestedTooDeep(text)) return invalid("is nested too deep");
  let value: unknown;
  try {
    // A byte order mark is not JSON, but editors write it.
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    return invalid(`is not JSON: ${messageOf(error)}`);
  }
  const prototypeKey = prototypeKeyIn(value);
  if (prototypeKey !== undefined) return invalid("is not a key of a manifest", pathText(prototypeKey));
  const parsed = pluginManifestSchema.safeParse(value);
  if (!parsed.success)
    return { kind: "invalid", problems: parsed.error.issues.flatMap(problemsOf).slice(0, MAX_PROBLEMS) };
  if (isTooLong(parsed.data))
    return invalid(
      `makes the command line longer than ${MAX_COMMAND_LINE} characters, which nobody could check`,
      "args",
    );
  const warnings = unknownKeys(pluginManifestSchema, value)
    .slice(0, MAX_PROBLEMS)
    .map((path) => ({ path: pathText(path), message: "is not a known key" }));
  return { kind: "valid", manifest: parsed.data, warnings };
}

function isTooLong({ main = "", command = "", args = [] }: PluginManifest): boolean {
  return JSON.stringify([main, command, ...args]).length > MAX_COMMAND_LINE;
}

/** Returns a reading with one problem. */
export function invalid(message: string, path = ""): ManifestReading {
  return { kind: "invalid", problems: [{ path, message }] };
}

/** Of a union, the alternative that fits best is reported: the one whose problems are deepest. */
function problemsOf(
  issue: z.core.$ZodIssue,
  _at?: number,
  _all?: unknown,
  base: readonly PropertyKey[] = [],
): ManifestProblem[] {
  const path = [...base, ...issue.path];
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const depth = (issues: readonly z.core.$ZodIssue[]) => Math.max(0, ...issues.map((each) => each.path.length));
    const best = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0] ?? [];
    return best.flatMap((each) => problemsOf(each, 0, undefined, path));
  }
  return [{ path: pathText(path), message: issue.message }];
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, at) => (typeof key === "number" ? `[${key}]` : `${at === 0 ? "" : "."}${String(key).slice(0, 100)}`))
    .join("");
}
