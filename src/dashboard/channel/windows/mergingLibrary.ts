/** Joins the answers of several windows. A bundle of its own, because most users have one window. */
export { mergeLists } from "./mergeLists.ts";
export { mergeMetrics } from "./mergeMetrics.ts";
