import { ProcessBuses } from "./processBuses.ts";

declare global {
  /** All copies of this package in a process share it: a program may load the ES module, and a plugin the CommonJS file. */
  var kiroBridgePluginBuses1: ProcessBuses | undefined;
}

/** The message buses of this process, which the functions and classes of the guide share. */
export const thisProcess = (globalThis.kiroBridgePluginBuses1 ??= create());

function create(): ProcessBuses {
  const buses = new ProcessBuses(process.env);
  // So that the bridge does not wait for this process to connect again.
  process.once("exit", () => buses.leave());
  return buses;
}
