import { readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { withDeadline } from "../editor/deadline.ts";
import { repositoryRoot } from "../editor/paths.ts";
import { ProcessGroup } from "../programs/processGroup.ts";

const STEP_DEADLINE_MS = 180_000;
/** The command that installs the programs that publish. */
const INSTALL = "npm ci --ignore-scripts --prefix .github/release";

const stepSchema = z.object({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
  env: z.record(z.string(), z.string()).default({}),
});
const jobSchema = z.object({
  needs: z.union([z.string(), z.array(z.string())]).optional(),
  uses: z.string().optional(),
  environment: z.string().optional(),
  permissions: z.record(z.string(), z.string()).optional(),
  steps: z.array(stepSchema).default([]),
});
const workflowSchema = z.object({ on: z.unknown(), jobs: z.record(z.string(), jobSchema) });

export type WorkflowJob = z.infer<typeof jobSchema>;
type WorkflowStep = z.infer<typeof stepSchema>;

/** Reads a workflow of .github/workflows. */
export function readWorkflow(file: string): z.infer<typeof workflowSchema> {
  return workflowSchema.parse(parse(readFileSync(join(repositoryRoot, ".github/workflows", file), "utf8")));
}

/** Returns a job of release.yml. */
export function releaseJob(name: string): WorkflowJob {
  const job = readWorkflow("release.yml").jobs[name];
  if (job === undefined) throw new Error(`release.yml has no job ${name}`);
  return job;
}

export interface StepOutcome {
  readonly code: number | null;
  readonly output: string;
}

/** Installs the programs that publish in a folder, as the jobs do: once for all tests there. */
export async function installPrograms(folder: string): Promise<void> {
  const { code, output } = await runCommand(INSTALL, folder, {});
  if (code !== 0) throw new Error(`${INSTALL} ended with code ${code}:\n${output}`);
}

/**
 * Runs the commands of a job's steps as its shell does, in a folder, until one fails; the programs that publish are installed
 * already. The variables are those of this process, of the steps, and of `env`, which wins.
 * @param contexts the values of the expressions that the variables of steps may be
 */
export async function runSteps(
  job: WorkflowJob,
  folder: string,
  env: NodeJS.ProcessEnv,
  contexts: Readonly<Record<string, string>> = {},
): Promise<StepOutcome> {
  let output = "";
  for (const step of job.steps) {
    if (step.run === undefined || step.run === INSTALL) continue;
    const outcome = await runCommand(step.run, folder, { ...stepVariables(step, contexts), ...env });
    output += `${outcome.output}\n`;
    if (outcome.code !== 0) return { code: outcome.code, output };
  }
  return { code: 0, output };
}

/** Runs a command line in the shell of the workflows. */
export async function runCommand(line: string, folder: string, env: NodeJS.ProcessEnv): Promise<StepOutcome> {
  const path = `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`;
  const group = await ProcessGroup.start("bash", ["-e", "-c", line], {
    cwd: folder,
    env: { ...process.env, PATH: path, ...env },
  });
  try {
    const code = await withDeadline(group.exited, STEP_DEADLINE_MS, `"${line}" to end`);
    return { code, output: group.output };
  } finally {
    await group.stop();
  }
}

function stepVariables({ env }: WorkflowStep, contexts: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => {
      const expression = /^\$\{\{ (.+) \}\}$/.exec(value)?.[1];
      const text = expression === undefined ? value : contexts[expression];
      if (text === undefined) throw new Error(`the test has no value for ${value}`);
      return [name, text];
    }),
  );
}
