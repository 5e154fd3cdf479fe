/** The public face of `kiro-bridge/client`. */
export { KiroBridgeClient } from "./client.ts";
export { isKiroBridgeError, KiroBridgeError, type KiroErrorCode, type KiroErrorFacts } from "./errors.ts";
export type { CallOptions, ClientOptions } from "./options.ts";
export type { ExecuteOptions, Place } from "./requests.ts";
export type * from "./wire.ts";
