import { noEvent } from "../base/events.ts";
import { type EditorPort, UnknownCommand } from "../core/ports.ts";

const NO_EDITOR =
  "This bridge has no editor. Open a window of an editor with Kiro Bridge on this machine: it joins this address, and runs the commands of editors.";

/** The editor of a bridge without one. It knows no command. */
export const noEditor: EditorPort = {
  execute: (commandId) => Promise.reject(new UnknownCommand(commandId, NO_EDITOR)),
  listCommands: () => Promise.resolve([]),
  onDidChangeCommands: noEvent,
  reachWorkbench: () => Promise.resolve(),
};
