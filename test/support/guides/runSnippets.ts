import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { callPort } from "../httpClient.ts";
import { TEST_TOKEN } from "../testBridge.ts";
import { until } from "../until.ts";
import type { GuideBridge } from "./guideBridge.ts";
import { Program, type ProgramEnd, runProgram } from "./program.ts";
import type { Snippet } from "./snippets.ts";

/** Precedes the output of each snippet of a process. */
const MARK = "\u0001";

interface Interpreter {
  readonly command: string;
  /** Writes a program that runs the snippets one after the other. @returns its arguments */
  write(folder: string, snippets: readonly Snippet[]): Promise<string[]>;
}

/** The interpreters of the languages that run as programs. */
export const interpreters: Readonly<Record<string, Interpreter>> = {
  sh: {
    command: "bash",
    write: async (folder, snippets) => {
      const script = snippets.map(({ code }, index) => `printf '${MARK}%s\\n' ${index}\n${code}`).join("\n");
      await writeFile(join(folder, "all.sh"), script);
      return ["-e", "-o", "pipefail", join(folder, "all.sh")];
    },
  },
  js: { command: process.execPath, write: (folder, snippets) => writeModules(folder, "mjs", snippets) },
  ts: { command: process.execPath, write: (folder, snippets) => writeModules(folder, "mts", snippets) },
  py: {
    command: "python3",
    write: async (folder, snippets) => {
      const files = await writeFiles(folder, "py", snippets);
      const main = `import runpy\nfor index, file in enumerate(${JSON.stringify(files)}):\n    print("${MARK}%d" % index, flush=True)\n    runpy.run_path(file, run_name="__main__")\n`;
      await writeFile(join(folder, "main.py"), main);
      return ["-u", join(folder, "main.py")];
    },
  },
};

async function writeFiles(folder: string, ending: string, snippets: readonly Snippet[]): Promise<string[]> {
  const files = snippets.map((_, index) => join(folder, `snippet${index}.${ending}`));
  await Promise.all(snippets.map(({ code }, index) => writeFile(files[index] ?? "", code)));
  return files;
}

async function writeModules(folder: string, ending: string, snippets: readonly Snippet[]): Promise<string[]> {
  const files = await writeFiles(folder, ending, snippets);
  const runs = files.map((file, index) => `console.log("${MARK}${index}");\nawait import(${JSON.stringify(file)});\n`);
  await writeFile(join(folder, "main.mjs"), runs.join(""));
  return ["--disable-warning=ExperimentalWarning", join(folder, "main.mjs")];
}

/** A folder for programs, in which they find the packages of the kit. */
async function programFolder({ folder }: GuideBridge, name: string): Promise<string> {
  const programs = join(folder, "snippets", name);
  await mkdir(programs, { recursive: true });
  return programs;
}

let programs = 0;

/** Runs snippets of one language in one process, one after the other. @returns the output of each */
export async function runSnippets(
  guide: GuideBridge,
  language: string,
  snippets: readonly Snippet[],
): Promise<string[]> {
  const interpreter = interpreterOf(language);
  const folder = await programFolder(guide, `${language}${programs++}`);
  const args = await interpreter.write(folder, snippets);
  const end = await runProgram(interpreter.command, args, { cwd: guide.folder, env: guide.env });
  const outputs = end.stdout.split(new RegExp(`${MARK}\\d+\\r?\\n`)).slice(1);
  assert.equal(end.code, 0, `${snippets[outputs.length - 1]?.place ?? "nothing"} failed:\n${textOf(end)}`);
  return outputs;
}

/**
 * Runs a snippet that does not end on its own: waits until it is connected, runs a command so that something happens,
 * waits for its output, and interrupts it.
 */
export async function runUntil(guide: GuideBridge, before: readonly Snippet[], snippet: Snippet): Promise<void> {
  assert.ok(snippet.how.kind === "run until");
  const { text } = snippet.how;
  const { clients } = guide.bridge.core;
  const interpreter = interpreterOf(snippet.language);
  const folder = await programFolder(guide, `${snippet.language}${programs++}`);
  const args = await interpreter.write(folder, [...before, snippet]);
  const program = new Program(interpreter.command, args, { cwd: guide.folder, env: guide.env });
  try {
    await program.until(() => clients.size > 0, `a connection of ${snippet.place}`);
    await guide.bridge.execute({ command: "test.echo", args: ["hello"] });
    await program.until(() => program.stdout.includes(text), `"${text}" of ${snippet.place}`);
  } finally {
    program.signal("SIGINT");
  }
  await program.ended;
  await until(() => clients.size === 0);
}

function interpreterOf(language: string): Interpreter {
  const interpreter = interpreters[language];
  if (interpreter === undefined) throw new Error(`There is no interpreter for ${language}.`);
  return interpreter;
}

function textOf({ code, stdout, stderr }: ProgramEnd): string {
  return `${stdout}\n${stderr}\nexit code ${code}`;
}

/** Sends a snippet of the form `METHOD /path`, headers, an empty line and a body. The token is added. */
export async function sendHttp({ bridge }: GuideBridge, { code, place }: Snippet): Promise<string> {
  const [head = "", body = ""] = code.split(/\n\n(.*)/s);
  const [line = "", ...fields] = head.trim().split("\n");
  const [, method = "", path = ""] = /^(GET|POST|DELETE) (\S+)$/.exec(line) ?? [];
  assert.notEqual(path, "", `${place} does not begin with a method and a path`);
  const headers = Object.fromEntries(fields.map((field) => field.split(/: (.*)/s).slice(0, 2)));
  const answer = await callPort(bridge.port, path, {
    method,
    headers: { Authorization: `Bearer ${TEST_TOKEN}`, ...headers },
    ...(body.trim() !== "" && { body: body.trim() }),
  });
  assert.ok(answer.status < 300, `${place}: ${answer.status} ${answer.text}`);
  return answer.text;
}

/** Compiles TypeScript snippets as one program against the SDK. @returns the messages of the compiler */
export async function compileSnippets(guide: GuideBridge, snippets: readonly Snippet[]): Promise<string> {
  const folder = await programFolder(guide, "types");
  const root = join(import.meta.dirname, "../../..");
  const files = await Promise.all(
    snippets.map(async ({ code, place }) => {
      const file = join(folder, `${place.replaceAll(/\W+/g, "_")}.mts`);
      await writeFile(file, code);
      return file;
    }),
  );
  const compilerOptions = {
    target: "es2024",
    lib: ["es2024"],
    module: "nodenext",
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
    strict: true,
    allowImportingTsExtensions: true,
    verbatimModuleSyntax: true,
    noEmit: true,
    skipLibCheck: true,
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const { code, stdout } = await runProgram("tsc", ["-p", folder], { cwd: guide.folder, env: guide.env });
  return code === 0 ? "" : stdout;
}
