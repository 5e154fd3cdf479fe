import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../editor/paths.ts";

/** One instruction of a Dockerfile, with its continued lines as one. */
interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** One stage, from its FROM on. */
interface Stage {
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** A Dockerfile as far as ours go: no heredocs, and no other escape than the backslash. */
export interface Dockerfile {
  /** The defaults of the arguments above the first stage. */
  readonly defaults: ReadonlyMap<string, string>;
  readonly stages: readonly Stage[];
}

/** Reads `docker/<image>/Dockerfile`. */
export async function readDockerfile(image: "bridge" | "editor"): Promise<Dockerfile> {
  const text = await readFile(join(repositoryRoot, "docker", image, "Dockerfile"), "utf8");
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  const joined = lines.join("\n").replaceAll(/\\\n\s*/g, "");
  const instructions = [...joined.matchAll(/^([A-Z]+) +(.+)$/gm)].map(([, name = "", rest = ""]) => ({
    name,
    text: rest,
  }));
  const first = instructions.findIndex(({ name }) => name === "FROM");
  const defaults = new Map(
    instructions.slice(0, first).map(({ text: argument }) => {
      const [name = "", value = ""] = argument.split("=");
      return [name, value] as const;
    }),
  );
  const stages: { from: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructions.slice(first)) {
    if (instruction.name === "FROM") stages.push({ from: filledIn(instruction.text, defaults), instructions: [] });
    else stages.at(-1)?.instructions.push(instruction);
  }
  return { defaults, stages };
}

function filledIn(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => values.get(name) ?? whole);
}
