import { ProcessBuses } from "./processBuses.ts";

/** The message buses of this process, which the functions and classes of the guide share. */
export const thisProcess = new ProcessBuses(process.env);

// So that the bridge does not wait for this process to connect again.
process.once("exit", () => thisProcess.leave());
