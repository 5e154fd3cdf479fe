// `npm run check`: everything that needs no editor, in under a minute. Goes on after a failure and says all of them.
import { runStages, sumUp } from "./runStages.mjs";
import { checkLanes } from "./stages.mjs";

const { failed } = sumUp(await runStages(checkLanes));
process.exitCode = failed > 0 ? 1 : 0;
