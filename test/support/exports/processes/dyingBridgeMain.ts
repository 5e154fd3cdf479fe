import { atEndOfTurn } from "../../../../src/base/endOfTurn.ts";
import { startTestBridge } from "../../testBridge.ts";

/** A bridge that is killed when it would store the end of a run, or, with the argument "lives", stores it. */
const lives = process.argv[2] === "lives";

const bridge = await startTestBridge();
bridge.core.events.onDidAppend(({ type }) => {
  if (type !== "command-completed" || lives) return;
  atEndOfTurn("commit", () => process.kill(process.pid, "SIGKILL"));
});
process.once("disconnect", () => void bridge.dispose());
process.send?.({ port: bridge.port });
