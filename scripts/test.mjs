// `npm test`: runs all tests in a fresh clone. The last line is always `N passed, N failed`. See testAll.mjs.
import { runInProject } from "./bootstrap.mjs";

try {
  process.exitCode = await runInProject("scripts/testAll.mjs", process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
}
