/** The form of a name. Some belong to the bridge. */
export const PLUGIN_NAME = /^(?!(?:kiro-bridge|system|bridge)$)[a-z0-9][a-z0-9-]{0,63}$/;
