/** The bridge without an editor. Built as a bundle of its own, `serve.cjs`, which only `kiro-bridge serve` reads. */
export { serve } from "./serve.ts";
export { storeSecret } from "./ports/secretPorts.ts";
export type { ReadyServer, ServeEnd, ServeOptions } from "./serve.ts";
