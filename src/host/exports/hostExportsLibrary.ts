/** The dialogs for destinations of exports, and for runs in archives. Built as a bundle of its own, which is loaded on first use. */
export { openArchivedRun } from "./openArchivedRun.ts";
export { replayDeadLetters, setExportSecret, testExport } from "./exportDialogs.ts";
