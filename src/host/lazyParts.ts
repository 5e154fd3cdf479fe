/**
 * What is not needed while the editor starts: the bridge itself, the dashboard and the actions of the palette, with all the libraries
 * behind them. The build makes it a file of its own, which is read on first use, so that the extension activates quickly.
 */
export { composeEditorBridge } from "./compose.ts";
export { createTokenStore } from "./token/createTokenStore.ts";
export { Dashboards } from "./dashboard/dashboards.ts";
export { paletteActions } from "./palette/actions.ts";
export { isPortFree } from "../server/listen/portProbe.ts";
