// `npm run check`: everything that needs no editor, in under a minute. Goes on after a failure and says all of them.
import { runStages } from "./runStages.mjs";
import { checkStages } from "./stages.mjs";

const { failed } = await runStages(checkStages);
process.exitCode = failed > 0 ? 1 : 0;
