import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** No stage takes longer unless it hangs, on however busy a machine. */
const STAGE_DEADLINE_MS = 30 * 60_000;
const KILL_AFTER_MS = 10_000;

/**
 * Runs lanes of stages side by side, the stages of a lane one after the other, also after a failed one, so that what is counted is
 * everything. With several lanes the output of a stage is shown when it has ended.
 * A stage that counts tests adds its counts, and one failure more when it failed although every test passed; another stage counts only when it fails.
 * Gives the results.
 */
export async function runStages(lanes) {
  const folder = await mkdtemp(join(tmpdir(), "kb-stages-"));
  const isAlone = lanes.filter((stages) => stages.length > 0).length < 2;
  const runLane = async (stages, lane) => {
    const results = [];
    for (const [at, stage] of stages.entries()) {
      results.push(await runStage(stage, join(folder, `${lane}-${at}.json`), isAlone));
    }
    return results;
  };
  try {
    return (await Promise.all(lanes.map(runLane))).flat();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Prints a table of the results. Gives the sums. */
export function sumUp(results) {
  printTable(results);
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  return { passed: sum("passed"), failed: sum("failed") };
}

async function runStage(stage, countsFile, isAlone) {
  const title = `\n── ${stage.name} ──`;
  if (isAlone) console.log(title);
  const start = performance.now();
  const env = { ...process.env, TEST_COUNTS_FILE: countsFile };
  const said = isAlone ? undefined : [];
  const problem = await runCommand(stage, env, said);
  if (said !== undefined) console.log(`${title}\n${Buffer.concat(said)}`.trimEnd());
  if (problem) console.error(`${stage.name}: ${problem}`);
  const counts = await readFile(countsFile, "utf8").then(JSON.parse, () => undefined);
  const failures = counts?.failures ?? 0;
  const isSilent = stage.countsTests === true && counts === undefined;
  return {
    name: stage.name,
    seconds: (performance.now() - start) / 1000,
    passed: counts?.passes ?? 0,
    failed: failures === 0 && (problem || isSilent) ? 1 : failures,
    pending: counts?.pending ?? 0,
  };
}

/**
 * Settles with what went wrong, or undefined. Ctrl+C goes to the stage as well, which ends everything of its own.
 * @param said takes the output; without it the output is shown as it comes
 */
async function runCommand({ command, args }, env, said) {
  const isWindows = process.platform === "win32";
  // On Windows the programs of node_modules/.bin are .cmd files, which only a shell can run.
  const child = spawn(command, isWindows ? args.map((arg) => `"${arg}"`) : args, {
    env,
    stdio: said === undefined ? "inherit" : ["inherit", "pipe", "pipe"],
    shell: isWindows,
  });
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (bytes) => said.push(bytes));
  const late = setTimeout(() => child.kill(), STAGE_DEADLINE_MS);
  const tooLate = setTimeout(() => child.kill("SIGKILL"), STAGE_DEADLINE_MS + KILL_AFTER_MS);
  const stop = (signal) => {
    child.kill(signal);
    child.once("exit", () => process.exit(130));
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, stop);
  try {
    return await new Promise((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once(said === undefined ? "exit" : "close", (code, signal) =>
        resolve(code === 0 ? undefined : `ended with ${signal ?? `code ${code}`}`),
      );
    });
  } finally {
    clearTimeout(late);
    clearTimeout(tooLate);
    for (const signal of signals) process.off(signal, stop);
  }
}

function printTable(results) {
  const width = Math.max(...results.map(({ name }) => name.length));
  console.log();
  for (const { name, seconds, passed, failed, pending } of results) {
    const counts = [
      [passed, "passed"],
      [failed, "failed"],
      [pending, "pending"],
    ];
    const told = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
    console.log(
      `${failed > 0 ? "✘" : "✔"} ${name.padEnd(width)} ${seconds.toFixed(1).padStart(6)} s  ${told.join(", ")}`.trimEnd(),
    );
  }
}
