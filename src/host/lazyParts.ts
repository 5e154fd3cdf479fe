/**
 * Parts that are not needed at the start of the editor: the bridge, the dashboard and the palette actions, with their
 * libraries. Built as a separate bundle that is loaded on first use, so that the extension activates quickly.
 */
export { composeEditorBridge } from "./compose.ts";
export { ExtensionBuses } from "./api/extensionBuses.ts";
export { promptInEditor } from "./access/promptInEditor.ts";
export { createTokenStore } from "./token/createTokenStore.ts";
export { Dashboards } from "./dashboard/dashboards.ts";
export { paletteActions } from "./palette/actions.ts";
export { isPortFree } from "../server/listen/portProbe.ts";
