// The bundle dist/analytics.cjs, read when analytics are switched on, and by the command that deletes their ID.
export { openAnalytics } from "./openAnalytics.ts";
export { deleteAnalyticsId } from "./deleteAnalyticsId.ts";
