import type { Command, Option } from "commander";
import { plainLine } from "../output/plainText.ts";

/** A word that can come next on the command line. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** Candidates that only the bridge knows. */
export type Live = "commands" | "destinations" | "executions" | "sessions" | "windows";

/** The source of the words that complete one: these, what the bridge knows, or the files of this machine. */
export type Completion =
  | { readonly kind: "fixed"; readonly candidates: readonly Candidate[] }
  | { readonly kind: "live"; readonly what: Live }
  | { readonly kind: "files" };

const files: Completion = { kind: "files" };

/** The arguments and options whose values the bridge knows. */
const liveArguments: Readonly<Record<string, Live>> = {
  "exec command": "commands",
  "executions show id": "executions",
  "cancel ids": "executions",
  "sessions close session": "sessions",
  "exports test name": "destinations",
  "exports replay name": "destinations",
  "exports dead-letters name": "destinations",
  "--window": "windows",
  "--execution": "executions",
  "--session": "sessions",
};
const fileOptions: ReadonlySet<string> = new Set(["--schema", "--workspace"]);

/**
 * Finds out what completes the current word.
 * @param words the words before it, without the name of the program
 */
export function completionOf(program: Command, words: readonly string[], current: string): Completion {
  // bash splits --status=failed into three words.
  const { command, path, given, open } = walk(
    program,
    words.filter((word) => word !== "="),
  );
  if (open !== undefined) return valuesOf(open);
  if (current.startsWith("-") && !words.includes("--")) return fixed(optionsOf(program, command));
  if (given === 0 && command.commands.length > 0) return fixed(subcommandsOf(command));
  const argument =
    command.registeredArguments[given] ?? command.registeredArguments.findLast(({ variadic }) => variadic);
  if (argument === undefined) return fixed([]);
  const live = liveArguments[[...path, argument.name()].join(" ")];
  if (live !== undefined) return { kind: "live", what: live };
  return argument.argChoices === undefined ? files : fixed(argument.argChoices.map(plain));
}

interface Position {
  readonly command: Command;
  /** The names of the command. */
  readonly path: readonly string[];
  /** Number of its arguments that are given. */
  readonly given: number;
  /** The option whose value comes next. */
  readonly open: Option | undefined;
}

function walk(program: Command, words: readonly string[]): Position {
  let command = program;
  const path: string[] = [];
  let given = 0;
  let open: Option | undefined;
  for (const word of words) {
    if (open !== undefined) open = undefined;
    else if (word.startsWith("-")) {
      const option = [...command.options, ...program.options].find((each) => each.long === word || each.short === word);
      open = option?.required === true || option?.optional === true ? option : undefined;
    } else {
      const next = given === 0 ? command.commands.find((each) => each.name() === word) : undefined;
      if (next === undefined) given++;
      else {
        command = next;
        path.push(word);
      }
    }
  }
  return { command, path, given, open };
}

function valuesOf({ long = "", argChoices }: Option): Completion {
  const live = liveArguments[long ?? ""];
  if (live !== undefined) return { kind: "live", what: live };
  if (fileOptions.has(long ?? "")) return files;
  return fixed((argChoices ?? []).map(plain));
}

function optionsOf(program: Command, command: Command): readonly Candidate[] {
  const options = [...new Set([...command.options, ...program.options])].filter(({ hidden }) => !hidden);
  return options.map(({ long, description }) => ({ value: long ?? "", description }));
}

function subcommandsOf(command: Command): readonly Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((each) => ({ value: each.name(), description: each.description() }));
}

function plain(value: string): Candidate {
  return { value, description: "" };
}

function fixed(candidates: readonly Candidate[]): Completion {
  return { kind: "fixed", candidates };
}

/** Characters that no shell interprets. Values with others are not offered. */
const SAFE = /^[\w.:@/+-]+$/;
const LONGEST_DESCRIPTION = 60;

/** Renders the candidates that begin with the current word, one per line. */
export function renderCandidates(candidates: readonly Candidate[], current: string): string {
  return candidates
    .filter(({ value }) => value.startsWith(current) && SAFE.test(value))
    .map(({ value, description }) => `${value}\t${plainLine(description).slice(0, LONGEST_DESCRIPTION)}\n`)
    .join("");
}
