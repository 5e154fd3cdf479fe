import type { KeyObject } from "node:crypto";
import { decodeJwt, jwtVerify } from "jose";
import {
  type AugmentedRequest,
  Events,
  type MutableResponse,
  OAuth2Server,
  type TokenRequestIncomingMessage,
} from "oauth2-mock-server";
import { messageOf } from "../../../../src/protocol/errors.ts";

export interface TokenPeerOptions {
  /** Others are refused with `invalid_client`. Default: any. */
  readonly clientSecret?: string;
  /** The public key of a service account, with which assertions to `googleUrl` must be signed. Default: any. */
  readonly serviceAccountKey?: KeyObject;
  /** In seconds. */
  readonly expiresIn?: number;
}

type Form = Readonly<Record<string, unknown>>;

/** A request for a token. */
export interface TokenCall {
  readonly path: string;
  readonly form: Form;
}

/** A token endpoint on loopback (oauth2-mock-server): client credentials, refresh tokens, assertions of service accounts. */
export class TokenPeer implements AsyncDisposable {
  readonly calls: TokenCall[] = [];
  readonly #server = new OAuth2Server();
  readonly #options: TokenPeerOptions;

  private constructor(options: TokenPeerOptions) {
    this.#options = options;
  }

  static async start(options: TokenPeerOptions = {}): Promise<TokenPeer> {
    const peer = new TokenPeer(options);
    await peer.#server.issuer.keys.generate("RS256");
    await peer.#server.start(0, "127.0.0.1");
    peer.#server.issuer.url = new URL(peer.url).origin;
    peer.#server.service.on(Events.BeforeResponse, (answer: MutableResponse, request: TokenRequestIncomingMessage) =>
      peer.#respond(answer, request),
    );
    peer.#server.service.addRoute("POST", "/google/token", async (request, response) => {
      const [status, body] = await peer.#exchange(request);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    return peer;
  }

  /** The token endpoint. */
  get url(): URL {
    return new URL("/token", `http://127.0.0.1:${this.#server.address().port}`);
  }

  /** A token endpoint as Google has it: an assertion with `target_audience` gets an ID token, others get an access token. */
  get googleUrl(): URL {
    return new URL("/google/token", this.url);
  }

  /** The public keys of its tokens. */
  get keys(): URL {
    return new URL("/jwks", this.url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop();
  }

  #respond(answer: MutableResponse, request: TokenRequestIncomingMessage): void {
    const form: Form = { ...request.body };
    this.calls.push({ path: request.url ?? "", form });
    const { clientSecret, expiresIn } = this.#options;
    if (clientSecret !== undefined && form["client_secret"] !== clientSecret) {
      answer.statusCode = 401;
      answer.body = { error: "invalid_client", error_description: "The client secret is wrong." };
    } else if (expiresIn !== undefined) answer.body = { ...answer.body, expires_in: expiresIn };
  }

  async #exchange({ url = "", body }: AugmentedRequest): Promise<readonly [status: number, body: Form]> {
    const form: Form = Object.fromEntries(Object.entries(body ?? {}));
    this.calls.push({ path: url, form });
    try {
      const claims = await this.#claimsOf(String(form["assertion"]));
      const audience = claims["target_audience"];
      const token = await this.#server.issuer.buildToken({
        scopesOrTransform: (_header, payload) =>
          Object.assign(payload, { sub: claims["iss"], aud: audience ?? "google" }),
      });
      if (typeof audience === "string") return [200, { id_token: token }];
      return [200, { access_token: token, token_type: "Bearer", expires_in: this.#options.expiresIn ?? 3_600 }];
    } catch (error) {
      return [400, { error: "invalid_grant", error_description: messageOf(error) }];
    }
  }

  async #claimsOf(assertion: string): Promise<Form> {
    const { serviceAccountKey } = this.#options;
    if (serviceAccountKey === undefined) return decodeJwt(assertion);
    return (await jwtVerify(assertion, serviceAccountKey, { algorithms: ["RS256"] })).payload;
  }
}
