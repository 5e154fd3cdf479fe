import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { createServer as createSocketServer } from "node:net";
import { editorUser } from "../../../../src/core/access/principal.ts";
import { whoIsAt } from "../../../../src/server/listen/portProbe.ts";
import { type Answer, callPort, portOf } from "../../../support/httpClient.ts";
import { StrangeServers } from "../../../support/programs/strangeServers.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";

const CHALLENGE = "fresh-random_text-0123456789";

describe("The proof of GET /health", () => {
  let bridge: TestBridge;
  const ask = (challenge: string, port = bridge.port): Promise<Answer> =>
    callPort(port, `/health?challenge=${challenge}`);
  /** As a client computes it. */
  const expected = (token: string, challenge: string, authority: string): string =>
    createHmac("sha256", token).update(`kiro-bridge health\n${challenge}\n${authority}`).digest("base64url");

  beforeEach(async () => {
    bridge = await startTestBridge();
  });

  afterEach(() => bridge.dispose());

  it("is returned on request without the token, and proves that the bridge at this address has it", async () => {
    const { status, json } = await ask(CHALLENGE);
    assert.equal(status, 200);
    assert.equal(json["status"], "healthy");
    assert.equal(json["proof"], expected(TEST_TOKEN, CHALLENGE, `127.0.0.1:${bridge.port}`));
    const plain = await callPort(bridge.port, "/health?other=1");
    assert.equal(plain.status, 200);
    assert.deepEqual(Object.keys(json).toSorted(), [...Object.keys(plain.json), "proof"].toSorted());
  });

  it("is given to a client by its own token as well, while it is let in", async () => {
    const { store } = bridge.core.access;
    const { client, token } = await store.create({
      name: "A",
      kind: "client",
      scopes: ["status:read"],
      by: editorUser,
    });
    const path = `/health?challenge=${CHALLENGE}&client=`;
    const proofFor = async (id: string) => (await callPort(bridge.port, path + id)).json["clientProof"];
    const { salt, proof } = Object(await proofFor(client.id));
    const key = createHash("sha256")
      .update(salt + token.split("_").slice(2).join("_"))
      .digest();
    const message = `kiro-bridge health\n${CHALLENGE}\n127.0.0.1:${bridge.port}`;
    assert.equal(proof, createHmac("sha256", key).update(message).digest("base64url"));
    assert.equal((await callPort(bridge.port, `/health?client=${client.id}`)).json["clientProof"], undefined);
    assert.equal(await proofFor("unknown"), undefined);
    await store.revoke(client.id, editorUser);
    assert.equal(await proofFor(client.id), undefined);
  });

  it("is different for each challenge, address and token", async () => {
    const first = (await ask(CHALLENGE)).json["proof"];
    assert.equal((await ask(CHALLENGE)).json["proof"], first);
    assert.notEqual((await ask(`${CHALLENGE}x`)).json["proof"], first);
    const elsewhere = await startTestBridge();
    assert.notEqual((await ask(CHALLENGE, elsewhere.port)).json["proof"], first);
    await elsewhere.dispose();
    bridge.server.rotateToken("another-token-0123456789-abcdefghijklmnopqrs");
    const { json } = await ask(CHALLENGE);
    assert.equal(
      json["proof"],
      expected("another-token-0123456789-abcdefghijklmnopqrs", CHALLENGE, `127.0.0.1:${bridge.port}`),
    );
  });

  it("accepts one bounded challenge of base64url characters only", async () => {
    for (const challenge of ["", "x".repeat(15), "x".repeat(65), `${CHALLENGE}%0A`, `${CHALLENGE}+`, "é".repeat(16)]) {
      const { status, json } = await ask(encodeURI(challenge));
      assert.deepEqual([status, json["code"], json["proof"]], [400, "VALIDATION_FAILED", undefined], challenge);
    }
    assert.equal((await ask(`${CHALLENGE}&challenge=${CHALLENGE}`)).status, 400);
    for (const length of [16, 64]) assert.equal((await ask("x".repeat(length))).status, 200);
  });

  it("is rate-limited, while health itself is not", async () => {
    const answers = await Promise.all(Array.from({ length: 700 }, () => ask(CHALLENGE)));
    const refused = answers.filter(({ status }) => status === 429);
    assert.equal(refused.length, 100);
    assert.equal((await callPort(bridge.port, "/health")).status, 200);
    assert.equal(await whoIsAt(bridge.server.url, TEST_TOKEN), "unknown");
  });

  it("of a bridge on all interfaces names an address that can be called", async () => {
    const exposed = await startTestBridge({ listen: { host: "0.0.0.0" } });
    try {
      assert.equal(exposed.server.url, `http://127.0.0.1:${exposed.port}`);
      assert.equal(await whoIsAt(exposed.server.url, TEST_TOKEN), "bridge");
    } finally {
      await exposed.dispose();
    }
  });
});

describe("Who is at an address", () => {
  const strangers = new StrangeServers();
  afterEach(() => strangers.close());

  const health = { status: "healthy", timestamp: new Date().toISOString(), server: { running: true } };

  it("is the bridge when it proves its token, and another when it has another one", async () => {
    const bridge = await startTestBridge();
    try {
      assert.equal(await whoIsAt(bridge.server.url, TEST_TOKEN), "bridge");
      assert.equal(await whoIsAt(bridge.server.url, "old"), "other");
      assert.equal(await whoIsAt(bridge.server.url, undefined), "bridge");
    } finally {
      await bridge.dispose();
    }
  });

  it("is another when it looks like a bridge but proves nothing, or passes the question on to a bridge", async () => {
    const bridge = await startTestBridge();
    const relay = await strangers.listen((request, response) => {
      void callPort(bridge.port, request.url ?? "").then(({ json }) => response.end(JSON.stringify(json)));
    });
    const pretender = await strangers.listen((_request, response) => void response.end(JSON.stringify(health)));
    try {
      assert.equal(await whoIsAt(relay, TEST_TOKEN), "other");
      assert.equal(await whoIsAt(pretender, TEST_TOKEN), "other");
      assert.equal(await whoIsAt(pretender, undefined), "bridge", "a version that can not prove anything");
      assert.equal(
        await whoIsAt(await strangers.listen((_request, response) => void response.end("hello")), undefined),
        "other",
      );
    } finally {
      await bridge.dispose();
    }
  });

  it("is another when nobody listens, and not known when no answer comes in time", async () => {
    const silent = createSocketServer((socket) => void socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${portOf(silent)}`;
    assert.equal(await whoIsAt(url, TEST_TOKEN), "unknown");
    await new Promise((resolve) => silent.close(resolve));
    assert.equal(await whoIsAt(url, TEST_TOKEN), "other");
  });
});
