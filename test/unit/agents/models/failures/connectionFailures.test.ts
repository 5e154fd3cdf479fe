import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer as createTlsServer } from "node:https";
import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { networkFailure } from "../../../../../src/agents/models/failures/networkFailure.ts";
import { Vendor } from "../../../../../src/agents/models/http/vendor.ts";
import { ModelFailure, type ModelFailureKind } from "../../../../../src/core/models/modelFailure.ts";
import { portOf } from "../../../../support/httpClient.ts";
import { createAuthority } from "../../../../support/nats/certificates.ts";
import { removeFolder, temporaryFolder } from "../../../../support/temporaryFolder.ts";
import { wireOptions } from "../../../../support/models/wireOptions.ts";

describe("The failure of a connection to a vendor", () => {
  const servers: Server[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.close();
      if (server.listening) await once(server, "close");
    }
  });

  const listen = async <T extends Server>(server: T): Promise<T> => {
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return server;
  };
  const fails = async (baseUrl: string, kind: ModelFailureKind, sentence: RegExp) => {
    await assert.rejects(new Vendor(wireOptions({ baseUrl })).send(baseUrl, {}), (error) => {
      assert.ok(error instanceof ModelFailure, String(error));
      assert.equal(error.kind, kind, error.message);
      assert.match(error.message, sentence);
      return true;
    });
  };

  it("says that nothing listens", async () => {
    const server = await listen(createServer());
    const url = `http://127.0.0.1:${portOf(server)}`;
    server.close();
    await once(server, "close");
    await fails(url, "unreachable", /^Nothing listens at 127\.0\.0\.1:\d+\. Is the server running\?$/);
  });

  it("says that a name does not exist, or that there is no network", async () => {
    await fails("http://models.invalid", "unreachable", /'models\.invalid'.*this machine has no network/);
  });

  it("says that a server closes the connection", async () => {
    const server = await listen(
      createServer((socket) => socket.on("error", () => undefined).once("data", () => socket.destroy())),
    );
    await fails(`http://127.0.0.1:${portOf(server)}`, "unreachable", /closed the connection/);
  });

  it("says that a server has no TLS", async () => {
    const server = await listen(
      createServer((socket) => socket.on("error", () => undefined).end("HTTP/1.1 400 Bad\r\n\r\n")),
    );
    await fails(`https://127.0.0.1:${portOf(server)}`, "tls", /without TLS \('http:'\)/);
  });

  it("says that a certificate is from an unknown authority, where there is openssl", async function () {
    const folder = await temporaryFolder();
    try {
      const authority = await createAuthority(folder, "company").catch(() => this.skip());
      const { certFile, keyFile } = await authority.issue("vendor");
      const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)]);
      const server = createTlsServer({ cert, key });
      await listen(server);
      await fails(`https://127.0.0.1:${portOf(server)}`, "tls", /unknown authority.*NODE_EXTRA_CA_CERTS/);
      const own = createTlsServer({
        cert: await readFile(authority.caFile),
        key: await readFile(authority.caFile.replace(".pem", ".key")),
      });
      await listen(own);
      await fails(`https://127.0.0.1:${portOf(own)}`, "tls", /self-signed/);
    } finally {
      await removeFolder(folder);
    }
  });

  /** As Node's fetch throws them. */
  const fetchError = (code: string) =>
    new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code }) });
  for (const [code, kind, sentence] of [
    ["CERT_NOT_YET_VALID", "clock", /not valid yet: the clock of this machine is behind/],
    ["CERT_HAS_EXPIRED", "tls", /has expired, or the clock of this machine is ahead/],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls", /is for another name/],
    ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "tls", /secure connection/],
    ["ENETUNREACH", "unreachable", /offline/],
    ["UND_ERR_CONNECT_TIMEOUT", "unreachable", /firewall/],
    ["UND_ERR_HEADERS_TIMEOUT", "silent", /did not answer/],
  ] as const) {
    it(`has a sentence for ${code}`, () => {
      const failure = networkFailure(fetchError(code), "host:1");
      assert.equal(failure?.kind, kind);
      assert.match(failure.message, sentence);
      assert.match(failure.message, /host:1/);
    });
  }

  it("looks into the attempts for each address of a host, and knows no failure in a bug", () => {
    const attempts = new AggregateError([Object.assign(new Error("x"), { code: "ECONNREFUSED" })]);
    assert.equal(networkFailure(new TypeError("fetch failed", { cause: attempts }), "h")?.kind, "unreachable");
    assert.equal(networkFailure(new TypeError("x is not a function"), "h"), undefined);
    const endless = new Error("loop");
    endless.cause = endless;
    assert.equal(networkFailure(endless, "h"), undefined);
  });
});
