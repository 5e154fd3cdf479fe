import assert from "node:assert/strict";
import { hash, randomBytes } from "node:crypto";
import { editorUser } from "../../../../src/core/access/principal.ts";
import type { PairDecision } from "../../../../src/protocol/pairing.ts";
import { type Answer, callPort } from "../../../support/httpClient.ts";
import type { TestBridge } from "../../../support/testBridge.ts";
import { until } from "../../../support/until.ts";

export const REDIRECT = "http://127.0.0.1:4321/callback";

/** A program that uses OAuth, request by request, so that a test can change each. */
export class OAuthProgram {
  readonly bridge: TestBridge;
  readonly issuer: string;
  readonly clientId: string;
  readonly verifier = randomBytes(32).toString("base64url");

  private constructor(bridge: TestBridge, clientId: string) {
    this.bridge = bridge;
    this.issuer = `http://127.0.0.1:${bridge.port}`;
    this.clientId = clientId;
  }

  static async register(bridge: TestBridge, name = "A program", redirectUri = REDIRECT): Promise<OAuthProgram> {
    const body = { client_name: name, redirect_uris: [redirectUri] };
    const { status, json } = await callPort(bridge.port, "/oauth/register", { body });
    assert.equal(status, 201);
    return new OAuthProgram(bridge, String(json["client_id"]));
  }

  /** Opens the page of the authorization endpoint. `undefined` leaves a parameter out. */
  async open(more: Readonly<Record<string, string | undefined>> = {}, headers = {}): Promise<Answer> {
    const all = {
      response_type: "code",
      client_id: this.clientId,
      redirect_uri: REDIRECT,
      state: "the state",
      code_challenge: hash("sha256", this.verifier, "base64url"),
      code_challenge_method: "S256",
      ...more,
    };
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(all)) if (value !== undefined) query.set(name, value);
    return await callPort(this.bridge.port, `/oauth/authorize?${query.toString()}`, { headers });
  }

  /** Follows the page to the redirect, after the user has decided. */
  async follow(page: Answer): Promise<URLSearchParams> {
    const { status, headers } = await callPort(this.bridge.port, nextOf(page));
    assert.equal(status, 302);
    const { location = "" } = headers;
    assert.ok(location.startsWith(REDIRECT), location);
    return new URL(location).searchParams;
  }

  /** Gets a code: opens the page, has the user allow it, and follows. */
  async code(
    more: Readonly<Record<string, string | undefined>> = {},
    decision: Partial<PairDecision> = {},
  ): Promise<string> {
    const page = await this.open(more);
    await decide(this.bridge, { decision: "allow", ...decision });
    return (await this.follow(page)).get("code") ?? assert.fail("there is no code");
  }

  async token(more: Readonly<Record<string, string>>): Promise<Answer> {
    return await this.post("/oauth/token", { client_id: this.clientId, ...more });
  }

  async exchange(code: string, more: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const grant = { grant_type: "authorization_code", redirect_uri: REDIRECT, code_verifier: this.verifier };
    return await this.token({ ...grant, code, ...more });
  }

  async refresh(refreshToken: unknown, more: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return await this.token({ grant_type: "refresh_token", refresh_token: String(refreshToken), ...more });
  }

  /** All steps. */
  async tokens(decision: Partial<PairDecision> = {}): Promise<Record<string, unknown>> {
    const { status, json } = await this.exchange(await this.code({}, decision));
    assert.equal(status, 200);
    return json;
  }

  async post(path: string, form: Readonly<Record<string, string>>): Promise<Answer> {
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    return await callPort(this.bridge.port, path, { body: new URLSearchParams(form).toString(), headers });
  }

  /** The status of a request with an access token. */
  async statusWith(token: unknown): Promise<number> {
    const headers = { Authorization: `Bearer ${String(token)}` };
    return (await this.bridge.call("/api/kiro/status", { headers })).status;
  }
}

/** The address that the page loads next. */
export function nextOf({ status, text }: Answer): string {
  assert.equal(status, 200, text);
  return /http-equiv="refresh" content="1; url=([^"]+)"/.exec(text)?.[1] ?? assert.fail(text);
}

/** Decides the pairing request that waits, as the user does in the editor. */
export async function decide({ core }: TestBridge, decision: PairDecision): Promise<void> {
  const { pairings } = core.access;
  await until(() => pairings.pending.length > 0);
  const [request] = pairings.pending;
  pairings.decide(request?.id ?? "", decision, editorUser);
}
