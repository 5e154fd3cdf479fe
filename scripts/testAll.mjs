// Runs all stages; `--only text` selects those whose name contains the text.
import { parseArgs } from "node:util";
import { runStages, sumUp } from "./runStages.mjs";
import { checkLanes, editorLanes, packageStages, programLanes } from "./stages.mjs";

const { values } = parseArgs({ options: { only: { type: "string", default: "" } } });
const chosen = (lane) => lane.filter(({ name }) => name.includes(values.only));
const results = [];
for (const lanes of [checkLanes, programLanes, [packageStages], editorLanes])
  results.push(...(await runStages(lanes.map(chosen))));
if (results.length === 0) console.error(`No stage has "${values.only}" in its name.`);
const { passed, failed } = results.length === 0 ? { passed: 0, failed: 1 } : sumUp(results);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
