import assert from "node:assert/strict";
import { editorUser } from "../../../../src/core/access/principal.ts";
import { SocketClient } from "../../../support/socketClient.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";
import { AUDIENCE, ISSUER, TestIssuer } from "../jwt/issuerRig.ts";
import { OAuthProgram } from "./oauthRig.ts";

describe("A WebSocket that was opened with a token of OAuth or of an issuer", () => {
  let bridge: TestBridge;
  let issuer: TestIssuer;
  let issuers: unknown;

  beforeEach(async () => {
    issuer = await TestIssuer.create();
    issuers = [{ issuer: ISSUER, audience: AUDIENCE, jwks: await issuer.jwks() }];
    bridge = await startTestBridge({ settings: () => (key) => (key === "auth.issuers" ? issuers : undefined) });
  });
  afterEach(() => bridge.dispose());

  const openOAuth = async () => {
    const program = await OAuthProgram.register(bridge);
    const { access_token: token, refresh_token: refresh } = await program.tokens();
    return { program, refresh, socket: await SocketClient.open(bridge, { token: String(token) }) };
  };

  it("is closed with 4401 when the user revokes the client", async () => {
    const { socket } = await openOAuth();
    const { store } = bridge.core.access;
    await store.revoke(store.list()[0]?.id ?? "", editorUser);
    assert.equal((await socket.closed).code, 4401);
  });

  it("is closed with 4401 when a refresh token is used twice", async () => {
    const { program, refresh, socket } = await openOAuth();
    await program.refresh(refresh);
    await program.refresh(refresh);
    assert.equal((await socket.closed).code, 4401);
  });

  it("is closed with 4401 when the JWT expires", async () => {
    // Within the clock skew, for another second or two.
    const socket = await SocketClient.open(bridge, {
      token: await issuer.sign({ exp: Math.floor(Date.now() / 1000) - 28 }),
    });
    assert.equal((await socket.closed).code, 4401);
  });

  it("is closed with 4401 when the setting no longer names the issuer", async () => {
    const socket = await SocketClient.open(bridge, { token: await issuer.sign() });
    issuers = [];
    bridge.applySettings();
    assert.equal((await socket.closed).code, 4401);
  });
});
