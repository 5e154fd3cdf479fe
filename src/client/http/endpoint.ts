import { KiroBridgeError } from "../errors.ts";
import type { ClientOptions } from "../options.ts";

/** The bridge that requests go to. */
export interface Endpoint {
  /** `http://host:port`, without a trailing slash. */
  readonly url: string;
  /** The token that was used last. */
  readonly latestToken: string | undefined;
  /** Returns the token of the next request, if there is one. @throws KiroBridgeError if the bridge is not there */
  token(): Promise<string | undefined>;
  /** Looks for the token that is valid now. Resolves with undefined if it is the rejected one. */
  renew(rejected: string | undefined): Promise<string | undefined>;
  /** Takes note that the bridge has responded, or that it has not, or another server has. */
  reached(isBridge: boolean): void;
}

/** The endpoint of an address that the program knows. */
export class FixedEndpoint implements Endpoint {
  readonly url: string;
  readonly #token: ClientOptions["token"];
  #latest: string | undefined;

  /** @throws KiroBridgeError CONFIGURATION_ERROR if the address is not one of HTTP */
  constructor(baseUrl: string, token: ClientOptions["token"]) {
    assertAddress(baseUrl);
    this.url = baseUrl.endsWith("/") ? baseUrl.slice(0, -1) : baseUrl;
    this.#token = token;
  }

  get latestToken(): string | undefined {
    return typeof this.#token === "function" ? this.#latest : this.#token;
  }

  async token(): Promise<string | undefined> {
    return (this.#latest = typeof this.#token === "function" ? await this.#token() : this.#token);
  }

  async renew(rejected: string | undefined): Promise<string | undefined> {
    if (typeof this.#token !== "function") return undefined;
    const token = await this.token();
    return token === rejected ? undefined : token;
  }

  reached(): void {
    // The program knows who listens at its address.
  }
}

/** The message does not quote the address, which may have a password. */
function assertAddress(baseUrl: string): void {
  try {
    const { protocol, username, password } = new URL(baseUrl);
    if ((protocol === "http:" || protocol === "https:") && username === "" && password === "") return;
  } catch {
    // Not a URL.
  }
  const message =
    "The address of the bridge must be a URL such as http://127.0.0.1:3001, without a user or a password.";
  throw new KiroBridgeError("CONFIGURATION_ERROR", message);
}
