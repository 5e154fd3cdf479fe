/** The dialogs for destinations of exports. Built as a bundle of its own, which is loaded on first use. */
export { replayDeadLetters, setExportSecret, testExport } from "./exportDialogs.ts";
