import type { Command } from "commander";
import { createProgram } from "./program.ts";

/** Returns docs/cli.md: the help of all commands, as `--help` prints it. */
export function manualOf(version: string): string {
  const program = createProgram(version, async () => undefined);
  const commands = visibleIn(program);
  const contents = commands.map(({ path }) => `[${path}](#${anchorOf(path)})`);
  const sections = commands.map(({ path, help }) => `## ${path}\n\n\`\`\`text\n${help}\n\`\`\``);
  return `${[
    "# The command line",
    "Written by `node scripts/npm/cliManual.mjs` from what `kiro-bridge --help` prints.",
    "The command `kiro-bridge` is in the npm package of the same name, for Node.js 20.16 and later: run `npx kiro-bridge` where it is installed, or install it globally.",
    contents.join(" · "),
    ...sections,
  ].join("\n\n")}\n`;
}

interface Section {
  /** As in `kiro-bridge executions list`. */
  readonly path: string;
  readonly help: string;
}

function visibleIn(command: Command, parents: readonly string[] = []): readonly Section[] {
  const path = [...parents, command.name()];
  const children = command.commands.filter((each) => !each.name().startsWith("_") && each.name() !== "help");
  return [{ path: path.join(" "), help: helpOf(command) }, ...children.flatMap((child) => visibleIn(child, path))];
}

/** Returns the help with what `addHelpText` has added to it. */
function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
    .trim();
}

function anchorOf(path: string): string {
  return path.replaceAll(" ", "-");
}
