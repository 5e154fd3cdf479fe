// `npm start`: from a fresh clone to a bridge that responds. See start/startBridge.mjs.
import { runInProject } from "./bootstrap.mjs";

try {
  process.exitCode = await runInProject("scripts/start/startBridge.mjs", process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
