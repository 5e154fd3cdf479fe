// `npm run check`: all checks that need no editor, in under a minute. Continues after failures and reports all of them.
import { runStages, sumUp } from "./runStages.mjs";
import { checkLanes } from "./stages.mjs";

const { failed } = sumUp(await runStages(checkLanes));
process.exitCode = failed > 0 ? 1 : 0;
