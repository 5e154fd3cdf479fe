import assert from "node:assert/strict";
import { nkeys } from "@nats-io/nats-core";
import { describeNats } from "../support/nats/describeNats.ts";
import { createAuthority, type TestAuthority } from "../support/nats/certificates.ts";
import { connectNats, TestCredentials } from "../support/nats/natsBus.ts";
import { eventOf, Probe, untilState } from "../support/nats/natsProbe.ts";
import { NatsServer, type NatsServerOptions } from "../support/nats/natsServer.ts";
import type { NatsCredentials } from "../../src/plugins/nats/credentials.ts";
import type { NatsTransport, NatsTransportOptions } from "../../src/plugins/nats/natsTransport.ts";
import { removeFolder, temporaryFolder } from "../support/temporaryFolder.ts";
import { until } from "../support/until.ts";

/** Runs a test with a server and a transport. */
async function withBus(
  server: NatsServerOptions,
  options: Partial<NatsTransportOptions> & { readonly credentials?: TestCredentials },
  test: (transport: NatsTransport, server: NatsServer) => Promise<void>,
): Promise<void> {
  await using running = await NatsServer.start(server);
  const transport = await connectNats(running, options);
  try {
    await test(transport, running);
  } finally {
    await transport.dispose();
  }
}

async function works(transport: NatsTransport): Promise<void> {
  await untilState(transport, "connected");
  const probe = new Probe(transport, "faults/*");
  await transport.flush();
  await transport.publish(eventOf("works"));
  assert.deepEqual(await probe.wait(1), ["works"]);
}

/** Waits until the status has the reason for which there is no connection. */
async function refused(transport: NatsTransport, reason: RegExp): Promise<void> {
  const why = (): string => ("reason" in transport.status ? transport.status.reason : "connected");
  await until(() => reason.test(why()), `a reason like ${reason}, not: ${why()}`).catch((error: unknown) => {
    throw new Error(`The reason is: ${why()}`, { cause: error });
  });
  assert.equal(transport.status.state, "reconnecting");
}

describeNats("Credentials for a NATS server", () => {
  const nkey = nkeys.createUser();
  const seed = Buffer.from(nkey.getSeed()).toString();
  const forms: readonly {
    readonly authorization: string;
    readonly right: NatsCredentials;
    readonly wrong: NatsCredentials;
  }[] = [
    {
      authorization: 'user: "bridge", password: "p:1"',
      right: { kind: "user", user: "bridge", password: "p:1" },
      wrong: { kind: "user", user: "bridge", password: "p:2" },
    },
    { authorization: 'token: "t:1"', right: { kind: "token", token: "t:1" }, wrong: { kind: "token", token: "t" } },
    {
      authorization: `users: [ { nkey: "${nkey.getPublicKey()}" } ]`,
      right: { kind: "nkey", seed },
      wrong: { kind: "nkey", seed: Buffer.from(nkeys.createUser().getSeed()).toString() },
    },
  ];

  for (const { authorization, right, wrong } of forms) {
    it(`of the kind ${right.kind} connect, also when they are corrected later`, async () => {
      const credentials = new TestCredentials(wrong);
      await withBus({ authorization }, { credentials }, async (transport) => {
        await refused(transport, /Authorization Violation/i);
        credentials.change(right);
        await works(transport);
      });
    });
  }

  it("connect again when they have changed on both sides", async () => {
    const credentials = new TestCredentials({ kind: "token", token: "one" });
    await withBus({ authorization: 'token: "one"' }, { credentials }, async (transport, server) => {
      await works(transport);
      await server.kill();
      await server.start({ authorization: 'token: "two"' });
      await refused(transport, /Authorization Violation/i);
      credentials.change({ kind: "token", token: "two" });
      await works(transport);
    });
  });

  it("that the bridge has not stored are not used", async () => {
    const stored = { read: () => Promise.resolve("user:password"), onDidChange: new TestCredentials().onDidChange };
    await using server = await NatsServer.start();
    const transport = await connectNats(server, { credentials: stored });
    try {
      await refused(transport, /JSON/);
    } finally {
      await transport.dispose();
    }
  });
});

describeNats("TLS to a NATS server", () => {
  let folder: string;
  let authority: TestAuthority;
  let stranger: TestAuthority;
  let tls: NonNullable<NatsServerOptions["tls"]>;

  before(async () => {
    folder = await temporaryFolder();
    authority = await createAuthority(folder, "ours");
    stranger = await createAuthority(folder, "theirs");
    tls = await authority.issue("server");
  });
  after(() => removeFolder(folder));

  const files = (caFile: string) => ({ caFile, certFile: "", keyFile: "" });

  it("works with a certificate that the CA file signs", async () => {
    await withBus({ tls }, { tls: files(authority.caFile) }, works);
  });

  it("does not connect to a server whose certificate another CA has signed", async () => {
    for (const caFile of [stranger.caFile, ""]) {
      await withBus({ tls }, { tls: files(caFile) }, (transport) => refused(transport, /certificate|self.signed/i));
    }
  });

  it("is required with a CA file, and with a tls address", async () => {
    const noFiles = files("");
    await withBus({}, { tls: files(authority.caFile) }, (transport) => refused(transport, /tls/i));
    await using server = await NatsServer.start();
    const transport = await connectNats(server, { tls: noFiles, servers: [`tls://127.0.0.1:${server.port}`] });
    try {
      await refused(transport, /tls/i);
    } finally {
      await transport.dispose();
    }
  });

  it("shows the certificate of this machine to a server that asks for one", async () => {
    const asking = { ...tls, clientCaFile: authority.caFile };
    const { certFile, keyFile } = await authority.issue("bridge");
    await withBus({ tls: asking }, { tls: { caFile: authority.caFile, certFile, keyFile } }, works);
    await withBus({ tls: asking }, { tls: files(authority.caFile) }, async (transport) => {
      await untilState(transport, "reconnecting");
      await refused(transport, /./);
    });
  });

  it("names a file that cannot be read", async () => {
    await withBus({ tls }, { tls: files(`${folder}/missing.pem`) }, (transport) => refused(transport, /missing\.pem/));
  });
});
