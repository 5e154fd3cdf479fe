import type { ClientOptions } from "../options.ts";

/** The bridge that requests go to. */
export interface Endpoint {
  /** `http://host:port`, without a trailing slash. */
  readonly url: string;
  /** The token of the next request; undefined if there is none. */
  token(): Promise<string | undefined>;
  /** Looks for the token that is valid now. Resolves with true if it is another one than the rejected one. */
  renew(rejected: string | undefined): Promise<boolean>;
}

/** Returns the endpoint of an address that the program knows. */
export function fixedEndpoint(baseUrl: string, given: ClientOptions["token"]): Endpoint {
  const token = async (): Promise<string | undefined> => (typeof given === "function" ? await given() : given);
  return {
    url: baseUrl.endsWith("/") ? baseUrl.slice(0, -1) : baseUrl,
    token,
    renew: async (rejected) => typeof given === "function" && (await token()) !== rejected,
  };
}
