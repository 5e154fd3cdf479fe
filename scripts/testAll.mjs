// Every stage there is; `--only text` takes those whose name has the text in it.
import { parseArgs } from "node:util";
import { runStages } from "./runStages.mjs";
import { checkStages, editorStages } from "./stages.mjs";

const { values } = parseArgs({ options: { only: { type: "string", default: "" } } });
const stages = [...checkStages, ...editorStages].filter(({ name }) => name.includes(values.only));
if (stages.length === 0) console.error(`No stage has "${values.only}" in its name.`);
const { passed, failed } = stages.length === 0 ? { passed: 0, failed: 1 } : await runStages(stages);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
