import { CliFailure, exitCodes, usageFailure } from "../exitCodes.ts";
import { Calls } from "../../client/http/calls.ts";
import { baseSend } from "../../client/http/baseSend.ts";
import { FixedEndpoint } from "../../client/http/endpoint.ts";
import { Lifetime } from "../../client/lifetime.ts";
import type { AccessClientList, NewClient, PairRequest, PairRequestList } from "../../client/wireTypes.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connection/connect.ts";
import { withOperatorToken } from "./operatorToken.ts";

const PATH = "/api/kiro/access";

/** The access resource of a bridge, for a caller who may manage access. */
export class AccessCalls {
  readonly #calls: Calls;
  readonly #signal: AbortSignal;

  private constructor(calls: Calls, signal: AbortSignal) {
    this.#calls = calls;
    this.#signal = signal;
  }

  /** Connects with the token of the user, or with that of the operator of a server that publishes none. */
  static async connect({ choice, interrupts: { signal }, version }: Cli): Promise<AccessCalls> {
    const chosen = await choice();
    const { client, token } = await connect(await withOperatorToken(chosen), signal);
    if (token === undefined)
      throw new CliFailure(
        exitCodes.refused.code,
        `The bridge at ${client.baseUrl} publishes no token.`,
        "Decide in its editor, or put a token with the scope access:manage into KIRO_BRIDGE_TOKEN.",
      );
    const endpoint = new FixedEndpoint(client.baseUrl, token);
    const send = baseSend({ endpoint, fetch: undefined, name: `kiro-bridge-cli/${version}` });
    return new AccessCalls(new Calls({ send, lifetime: new Lifetime() }, {}), signal);
  }

  requests(): Promise<PairRequestList> {
    return this.#calls.json(
      { method: "GET", path: `${PATH}/requests` },
      { signal: this.#signal },
      { requests: "object" },
    );
  }

  clients(): Promise<AccessClientList> {
    return this.#calls.json(
      { method: "GET", path: `${PATH}/clients` },
      { signal: this.#signal },
      { clients: "object" },
    );
  }

  /** Finds the request with a code, which may be typed in lower case. @throws CliFailure */
  async requestOf(code: string): Promise<PairRequest> {
    const { requests } = await this.requests();
    const plain = (text: string): string => text.replaceAll("-", "").toUpperCase();
    const request = requests.find((each) => plain(each.code) === plain(code));
    if (request !== undefined) return request;
    throw usageFailure(
      `No program waits for a decision with the code ${code}.`,
      "'kiro-bridge access list' prints those that wait.",
    );
  }

  async decide(id: string, decision: { readonly decision: "allow" | "deny"; readonly hours?: number }): Promise<void> {
    const path = `${PATH}/requests/${encodeURIComponent(id)}`;
    await this.#calls.json({ method: "POST", path, body: decision }, { signal: this.#signal }, { status: "string" });
  }

  async revoke(id: string): Promise<void> {
    const path = `${PATH}/clients/${encodeURIComponent(id)}`;
    await this.#calls.json({ method: "DELETE", path }, { signal: this.#signal }, { id: "string" });
  }

  create(client: object): Promise<NewClient> {
    return this.#calls.json(
      { method: "POST", path: `${PATH}/clients`, body: client },
      { signal: this.#signal },
      { token: "string", client: "object" },
    );
  }
}
