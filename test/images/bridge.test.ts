import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, type Msg } from "@nats-io/transport-node";
import { parse } from "yaml";
import * as z from "zod";
import { KiroBridgeClient } from "../../src/client/index.ts";
import { repositoryRoot } from "../support/editor/paths.ts";
import { describePeer } from "../support/exports/heavy/describePeer.ts";
import { OtlpPeer } from "../support/exports/peers/otlpPeer.ts";
import { Container } from "../support/images/container.ts";
import { ImageStore } from "../support/images/imageStore.ts";
import { findImageTools, ImageTools } from "../support/images/imageTools.ts";
import { buildImage, origin } from "../support/images/ourImages.ts";
import { callPublished } from "../support/images/publishedPort.ts";
import { startRegistry } from "../support/images/registry.ts";
import { buildNodeStandIn } from "../support/images/standIns.ts";
import { NatsServer } from "../support/nats/natsServer.ts";
import { freePort } from "../support/programs/freePort.ts";
import { withDeadline } from "../support/editor/deadline.ts";

const TIMEOUT_MS = 600_000;
const DEADLINE_MS = 60_000;
const READY = /Kiro Bridge listens at/;
const sbomSchema = z.object({
  bomFormat: z.literal("CycloneDX"),
  components: z.array(z.object({ name: z.string(), version: z.string() })),
});

/** Waits for a message that contains a text. */
async function firstWith(messages: AsyncIterable<Msg>, wanted: string): Promise<void> {
  for await (const message of messages) if (message.string().includes(wanted)) return;
  throw new Error("The connection has ended.");
}

const tools = await findImageTools();

describePeer("The image of the bridge", tools, (folder) => {
  let store: ImageStore;
  let tag: string;
  let container: Container;
  let port: number;
  /** The token of a program that was let in. */
  let token: string;

  before(async function () {
    this.timeout(TIMEOUT_MS);
    store = await ImageStore.create(new ImageTools(folder));
    await buildNodeStandIn(store);
    tag = await buildImage(store, "bridge");
    port = await freePort();
    container = await start({ KIRO_BRIDGE_API_PORT: String(port) });
  });

  after(async () => {
    await container?.[Symbol.asyncDispose]();
    await store?.[Symbol.asyncDispose]();
  });

  function start(env: Readonly<Record<string, string>>): Promise<Container> {
    return Container.start({ store, tag, args: ["--simulator"], env, ready: READY });
  }

  const clientOf = (at: number, its: string): KiroBridgeClient =>
    new KiroBridgeClient(`http://127.0.0.1:${at}`, { token: its });

  async function ask(client: KiroBridgeClient): Promise<unknown> {
    const { success, result } = await client.executeCommand("kiro.cli.chat", ["Hello"]);
    assert.equal(success, true);
    return result;
  }

  /** Returns the token of the owner, which programs in the container find. */
  async function ownerToken(of: Container): Promise<string> {
    const entry: unknown = JSON.parse(await readFile(of.pathOf("/data/.kiro-bridge/bridge.json"), "utf8"));
    return z.object({ token: z.string() }).parse(entry).token;
  }

  it("runs as process 1, without privileges, and cannot write to its root", async () => {
    const { output } = await container.exec(["sh", "-c", "id -u; grep -E '^(CapEff|NoNewPrivs)' /proc/1/status"]);
    assert.deepEqual(output.split(/\s+/), ["1000", "CapEff:", "0000000000000000", "NoNewPrivs:", "1"]);
    const first = await container.exec(["cat", "/proc/1/cmdline"]);
    assert.match(first.output, /^node\0/);
    const written = await container.exec(["touch", "/opt/kiro-bridge/more"]);
    assert.match(written.output, /Read-only file system/);
    for (const path of ["/data/more", "/tmp/more"]) assert.equal((await container.exec(["touch", path])).code, 0, path);
  });

  it("has no package manager, and lists of the packages that it has", async () => {
    const found = await container.exec(["sh", "-c", "command -v npm npx corepack yarn || echo none"]);
    assert.equal(found.output, "none");
    const { VERSION } = await origin();
    const read = async (name: string) => {
      // In one line: of an output with many, the last ones are kept.
      const program = `JSON.stringify(require("/opt/kiro-bridge/sbom/${name}.cdx.json"))`;
      const { output } = await container.exec(["node", "-p", program]);
      return sbomSchema.parse(JSON.parse(output)).components.map((each) => `${each.name}@${each.version}`);
    };
    assert.deepEqual(await read("installed"), [`kiro-bridge@${VERSION}`]);
    const bundled = await read("bundled");
    for (const name of ["express@", "ws@", "zod@"])
      assert.ok(
        bundled.some((each) => each.startsWith(name)),
        name,
      );
  });

  it("has labels that say what it is and where it comes from", async () => {
    const { VERSION, REVISION } = await origin();
    const { Labels, ExposedPorts, StopSignal, Volumes, Env } = container.config;
    const prefix = "org.opencontainers.image";
    assert.equal(Labels?.[`${prefix}.version`], VERSION);
    assert.equal(Labels[`${prefix}.revision`], REVISION);
    assert.ok(Date.parse(Labels[`${prefix}.created`] ?? "") > 0);
    assert.match(Labels[`${prefix}.base.name`] ?? "", /^docker\.io\/library\/node:24\./);
    assert.deepEqual(
      [Object.keys(ExposedPorts), StopSignal, Object.keys(Volumes)],
      [["3001/tcp"], "SIGTERM", ["/data"]],
    );
    assert.deepEqual(
      Env.filter((each) => each.startsWith("KIRO_BRIDGE_")),
      ["KIRO_BRIDGE_API_HOST=0.0.0.0", "KIRO_BRIDGE_API_PORT_CONFLICT=fail"],
    );
  });

  it("answers its health check, which fails where no bridge runs", async () => {
    const { code, output } = await container.checkHealth();
    assert.deepEqual([code, output], [0, `The bridge answers at http://127.0.0.1:${port}.`]);
    const elsewhere = await container.exec(["env", "KIRO_BRIDGE_HOME=/tmp", "kiro-bridge", "health"]);
    assert.equal(elsewhere.code, 2);
  });

  it("answers through a published port, and lets nobody in without a token or under another name", async () => {
    for (const path of ["/health", "/dashboard"]) {
      const { status } = await callPublished({ port, path });
      assert.equal(status, 200, path);
    }
    const call = { port, path: "/api/kiro/status" };
    assert.equal((await callPublished(call)).status, 401);
    assert.equal((await callPublished({ ...call, headers: { host: `bridge.example:${port}` } })).status, 403);
  });

  it("lets in a program whose code is approved in the container, and answers its prompt", async () => {
    const code = Promise.withResolvers<string>();
    const paired = KiroBridgeClient.pair({
      baseUrl: `http://127.0.0.1:${port}`,
      name: "images-test",
      role: "operator",
      onCode: code.resolve,
    });
    const shown = await withDeadline(Promise.race([code.promise, paired.then(() => "")]), DEADLINE_MS, "a code");
    const approved = await container.exec(["kiro-bridge", "access", "approve", shown]);
    assert.equal(approved.code, 0, approved.output);
    const client = await withDeadline(paired, DEADLINE_MS, "a token");
    token = client.token ?? "";
    assert.match(String(await ask(client)), /\S/);
  });

  it("keeps a secret in its volume, where only its user can read it", async () => {
    const secret = "a-secret-of-the-test";
    const set = await container.exec(["sh", "-c", `echo ${secret} | kiro-bridge serve secret set export archive`]);
    assert.equal(set.code, 0, set.output);
    const found = await container.exec(["sh", "-c", `grep --recursive --files-with-matches ${secret} /data`]);
    assert.match(found.output, /^\/data\/\S+$/);
    const { output } = await container.exec(["stat", "--format", "%a %u", found.output]);
    assert.equal(output, "600 1000");
  });

  it("ends with code 0 within ten seconds of SIGTERM, and knows its programs when it runs with the volume again", async () => {
    assert.equal(await container.stop(), 0);
    await assert.rejects(callPublished({ port, path: "/health" }), /ECONNREFUSED/);
    await container.restart(READY);
    await ask(clientOf(port, token));
  });

  it("has its bus on NATS and sends its telemetry, with the settings of the compose file", async function () {
    this.timeout(TIMEOUT_MS);
    await using nats = await NatsServer.start();
    await using collector = await OtlpPeer.start();
    const compose = parse(await readFile(join(repositoryRoot, "docker/compose.yaml"), "utf8"), { merge: true });
    const service = z.object({ environment: z.record(z.string(), z.string()) });
    const { services } = z.object({ services: z.object({ bridge: service }) }).parse(compose);
    const { environment } = services.bridge;
    const replaced = Object.entries(environment).map(([name, value]) => {
      const here = value.replace("nats://nats:4222", nats.address);
      // This receiver does not know compressed bodies.
      return [
        name,
        here.replace('http://otel-collector:4318"', `${collector.endpoint.origin}", "compression": "none"`),
      ];
    });
    const itsPort = await freePort();
    await using other = await start({ ...Object.fromEntries(replaced), KIRO_BRIDGE_API_PORT: String(itsPort) });
    const client = clientOf(itsPort, await ownerToken(other));
    await ask(client);
    await collector.received("traces");

    const observer = await connect({ servers: nats.address });
    try {
      const messages = observer.subscribe("kiro-bridge.>");
      await observer.flush();
      const message = { topic: "images/test", payload: { text: "from the container" } };
      const arrived = firstWith(messages, "from the container");
      const published = await fetch(`http://127.0.0.1:${itsPort}/api/kiro/bus`, {
        method: "POST",
        headers: { authorization: `Bearer ${client.token}`, "content-type": "application/json" },
        body: JSON.stringify({ op: "publish", message }),
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
      assert.equal(published.status, 200, await published.text());
      await withDeadline(arrived, DEADLINE_MS, "the message on NATS");
    } finally {
      await observer.close();
    }
    assert.equal(await other.stop(), 0);
  });

  it("goes to a registry and comes back as it was", async function () {
    this.timeout(TIMEOUT_MS);
    await using registry = await startRegistry(store.tools);
    const remote = `${registry.url.host}/kiro-bridge:0.1.0`;
    const before = await store.configOf(tag);
    await store.run([
      "push",
      "--tls-verify=false",
      "--signature-policy",
      store.tools.policy,
      tag,
      `docker://${remote}`,
    ]);
    const catalog = await fetch(new URL("/v2/kiro-bridge/tags/list", registry.url));
    assert.deepEqual(await catalog.json(), { name: "kiro-bridge", tags: ["0.1.0"] });
    await using elsewhere = await ImageStore.create(store.tools);
    await elsewhere.run(["pull", "--tls-verify=false", "--signature-policy", store.tools.policy, `docker://${remote}`]);
    assert.deepEqual(await elsewhere.configOf(remote), before);
  });
});
