/** Where the dashboard stands, as package.json names it: the view in the activity bar, and the panel among the editors. */
export const VIEW_ID = "kiroBridge.dashboard";
export const PANEL_TYPE = "kiroBridge.dashboardPanel";
