import { resolve } from "node:path";
import type { Command } from "commander";
import type { Cli, Start } from "../cli.ts";
import { plainLine } from "../output/plainText.ts";
import { writePlugin } from "../plugin/writePlugin.ts";

export function addPlugin(program: Command, start: Start): void {
  const group = program.command("plugin").description("Create a plugin.");
  group
    .command("new")
    .description("Create a plugin in a new folder.")
    .argument("<name>", "name of the plugin: a-z, 0-9 and -")
    .argument("[folder]", "folder of the plugin; by default, one with its name")
    .addHelpText(
      "after",
      `
The folder has a manifest, a program with one method, its test, and a README. Files that are
there are never overwritten.

Example:
  kiro-bridge plugin new my-plugin`,
    )
    .action((name: string, folder: string | undefined, _options: unknown, command: Command) =>
      start(command, (cli) => create(cli, name, folder ?? name)),
    );
}

async function create({ version, out }: Cli, name: string, folder: string): Promise<void> {
  const path = resolve(folder);
  const files = await writePlugin(path, name, version);
  if (out.isJson) return out.document({ name, folder: path, files });
  out.write(`${plainLine(path)}\n`);
  out.note(`Created ${files.length} files. Next: npm install, then npm test.`);
}
