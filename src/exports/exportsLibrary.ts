// The bundle dist/exports.cjs, read when a destination of exports is configured.
export { openExports } from "./composeExports.ts";
