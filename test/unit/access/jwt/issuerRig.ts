import { createServer, type RequestListener } from "node:http";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { portOf } from "../../../support/httpClient.ts";

export const ISSUER = "https://issuer.example";
export const AUDIENCE = "kiro-bridge";

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;
/** `undefined` leaves a claim out. */
export type Claims = Readonly<Record<string, unknown>>;

/** An issuer of tokens, with one key. */
export class TestIssuer {
  readonly kid: string;
  readonly #keys: KeyPair;

  private constructor(kid: string, keys: KeyPair) {
    this.kid = kid;
    this.#keys = keys;
  }

  static async create(kid = "key-1"): Promise<TestIssuer> {
    return new TestIssuer(kid, await generateKeyPair("ES256", { extractable: true }));
  }

  async publicKey(): Promise<{ kty: string; [name: string]: unknown }> {
    return { ...(await exportJWK(this.#keys.publicKey)), kty: "EC", kid: this.kid, alg: "ES256" };
  }

  async jwks() {
    return { keys: [await this.publicKey()] };
  }

  /** A token that is valid for five minutes, with other claims if wanted. */
  async sign(claims: Claims = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const all = {
      iss: ISSUER,
      aud: AUDIENCE,
      sub: "deploy",
      iat: now,
      exp: now + 300,
      scope: "status:read",
      ...claims,
    };
    const present = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    return await new SignJWT(present).setProtectedHeader({ alg: "ES256", kid: this.kid }).sign(this.#keys.privateKey);
  }
}

export interface KeyServer {
  readonly uri: string;
  /** The paths that were asked for. */
  readonly asked: readonly string[];
  answer: RequestListener;
  close(): Promise<void>;
}

/** A server for the keys of an issuer, on a loopback port. */
export async function startKeyServer(answer: RequestListener): Promise<KeyServer> {
  const asked: string[] = [];
  const rig = { answer };
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    rig.answer(request, response);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  return Object.assign(rig, {
    uri: `http://127.0.0.1:${portOf(server)}/keys`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  });
}

export function answerJson(value: unknown): RequestListener {
  return (_request, response) => response.setHeader("Content-Type", "application/json").end(JSON.stringify(value));
}
