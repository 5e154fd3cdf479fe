// What is checked and tested. `countsTests` marks the stages that mocha counts in (see test/support/mocha/countingReporter.mjs).

const reporter = ["--reporter", "test/support/mocha/countingReporter.mjs"];
const hostSuite = (editor, form) => ({
  name: `in the ${editor} editor, ${form === "vsix" ? "packed" : "development"} form`,
  command: "node",
  args: ["test/host/run.ts", "--editor", editor, "--form", form],
  countsTests: true,
});

const staticStages = [
  { name: "types", command: "tsc", args: ["-p", "."] },
  { name: "types of the dashboard", command: "tsc", args: ["-p", "src/dashboard/page"] },
  {
    name: "lint",
    command: "oxlint",
    args: ["--type-aware", "--deny-warnings", "src", "test", "scripts", "esbuild.mjs"],
  },
  { name: "format", command: "biome", args: ["format"] },
  { name: "dead code", command: "knip", args: [] },
  { name: "build", command: "node", args: ["esbuild.mjs", "--production"] },
  { name: "size", command: "node", args: ["scripts/size.mjs"] },
  { name: "README tables", command: "node", args: ["scripts/docs.mjs", "--check"] },
  { name: "openapi.json", command: "node", args: ["scripts/openapi.mjs", "--check"] },
  { name: "third-party notices", command: "node", args: ["scripts/notices.mjs", "--check"] },
];

const unitTests = {
  name: "unit and architecture",
  command: "mocha",
  // More jobs than cores: most of a test is waiting for another process.
  args: ["--parallel", "--jobs", "8", ...reporter, "test/unit/**/*.test.ts"],
  countsTests: true,
};

/** Everything that needs no editor: `npm run check`. Neither lane needs the other, and each leaves a core free most of the time. */
export const checkLanes = [staticStages, [unitTests]];

/** What only an editor can prove. The packed form is what people install, so it is tested in both editors. */
export const editorStages = [
  { name: "pack", command: "npm", args: ["run", "package"] },
  { name: "size of the package", command: "node", args: ["scripts/size.mjs"] },
  hostSuite("newest", "dev"),
  hostSuite("newest", "vsix"),
  hostSuite("lowest", "vsix"),
  {
    name: "from outside, in a browser",
    command: "mocha",
    args: ["--no-config", "--forbid-only", ...reporter, "test/e2e/**/*.test.ts"],
    countsTests: true,
  },
];
