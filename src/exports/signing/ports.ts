import type { DestinationPorts } from "../ports.ts";

/** Parts of the ports that credentials need. */
export type SigningPorts = Pick<
  DestinationPorts,
  "name" | "send" | "secrets" | "environment" | "logger" | "hide" | "redact" | "now"
>;
