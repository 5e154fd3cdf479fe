/** The settings that turns depend on; see `GatewaySettings`. */
export interface TurnSettings {
  readonly "gateways.clientTools": "lend" | "ignore" | "refuse";
  readonly "gateways.activity": "reasoning" | "none";
  readonly "gateways.modelAliases": Readonly<Record<string, string>>;
  /** "" for the model of the request. */
  readonly "gateways.sideModel": string;
  readonly "gateways.enforceMaxTokens": boolean;
  readonly "gateways.maxSessions": number;
}
