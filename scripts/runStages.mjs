import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Timeout of a stage in milliseconds, only exceeded if it hangs. */
const STAGE_DEADLINE_MS = 30 * 60_000;
const KILL_AFTER_MS = 10_000;
/** Of the failed tests of a stage, and of the output of one without tests. */
const SHOWN_LINES = 20;

/**
 * Runs lanes of stages in parallel, the stages of a lane in sequence, even after a failure, so that all results are
 * counted. With several lanes, the output of a stage is printed when it has ended. Counts the tests of stages that have
 * any, plus one failure if such a stage fails although its tests passed; other stages only count if they fail. Returns
 * the results.
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

/** Prints a table of the results, and after it what failed: the end of a long log is what people see. Returns the sums. */
export function sumUp(results) {
  printTable(results);
  for (const result of results.filter(({ failed }) => failed > 0)) printFailures(result);
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  return { passed: sum("passed"), failed: sum("failed") };
}

async function runStage(stage, countsFile, isAlone) {
  const title = `\n── ${stage.name} ──`;
  if (isAlone) console.log(title);
  const start = performance.now();
  const env = { ...process.env, ...stage.env, TEST_COUNTS_FILE: countsFile };
  const said = isAlone ? undefined : [];
  const problem = await runCommand(stage, env, said);
  if (said !== undefined) console.log(`${title}\n${Buffer.concat(said).toString()}`.trimEnd());
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
    failures: counts?.failed ?? [],
    problem,
    lastLines: said === undefined ? [] : Buffer.concat(said).toString().trimEnd().split("\n").slice(-SHOWN_LINES),
  };
}

/**
 * Resolves with the failure, or undefined. Ctrl+C is passed to the stage, which ends its own processes.
 * @param said collects the output; without it, the output is printed as it arrives
 */
async function runCommand({ command, args }, env, said) {
  const isWindows = process.platform === "win32";
  // On Windows, programs in node_modules/.bin are .cmd files, which need a shell.
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

/** The failed tests of a stage with their errors, or the end of its output if none has failed. */
function printFailures({ name, failures, problem, lastLines }) {
  console.log(`\n✘ ${name}${problem ? `: ${problem}` : ""}`);
  for (const { title, message } of failures.slice(0, SHOWN_LINES)) {
    const lines = message.split("\n").filter((line) => line.trim() !== "");
    console.log([`  ${title}`, ...lines.map((line) => `      ${line}`)].join("\n"));
  }
  if (failures.length > SHOWN_LINES) console.log(`  … and ${failures.length - SHOWN_LINES} more`);
  if (failures.length === 0) console.log(lastLines.join("\n"));
}
