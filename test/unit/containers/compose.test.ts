import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { readSettings } from "../../../src/bridge/settingsTable.ts";
import { repositoryRoot } from "../../support/editor/paths.ts";

const folder = join(repositoryRoot, "docker");
const strings = z.array(z.string());
/** Strict, so that no service is privileged, or gets devices or the network of the machine. */
const serviceSchema = z.strictObject({
  image: z.string(),
  init: z.literal(true),
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal("ALL")]),
  security_opt: z.tuple([z.literal("no-new-privileges:true")]),
  environment: z.record(z.string(), z.string()).default({}),
  ports: strings.default([]),
  networks: strings,
  volumes: strings,
  mem_limit: z.string(),
  pids_limit: z.int(),
  tmpfs: strings,
  command: strings,
  restart: z.string(),
  depends_on: z.record(z.string(), z.unknown()).optional(),
  healthcheck: z.record(z.string(), z.unknown()).optional(),
  stop_grace_period: z.string().optional(),
});
const composeSchema = z.object({
  services: z.record(z.string(), serviceSchema),
  networks: z.record(z.string(), z.object({ internal: z.boolean().optional() }).nullable()),
  volumes: z.record(z.string(), z.null()),
});
const pipeline = z.object({ receivers: strings, processors: strings, exporters: strings });
const collectorSchema = z.object({
  receivers: z.object({ otlp: z.object({ protocols: z.object({ http: z.object({ endpoint: z.string() }) }) }) }),
  processors: z.record(z.string(), z.unknown()),
  exporters: z.record(z.string(), z.unknown()),
  service: z.object({ pipelines: z.record(z.string(), pipeline) }),
});

const read = (name: string): Promise<string> => readFile(join(folder, name), "utf8");
const parsed = async (name: string): Promise<unknown> => parse(await read(name), { merge: true });
const compose = async () => composeSchema.parse(await parsed("compose.yaml"));
const collector = async () => collectorSchema.parse(await parsed("otel-collector.yaml"));

/** Returns the settings of the bridge by their keys, as its environment has them. */
async function bridgeSettings() {
  const { services } = await compose();
  const environment = services["bridge"]?.environment ?? {};
  const known = new Set<string>();
  const { settings, problems } = readSettings((key) => {
    const name = `KIRO_BRIDGE_${key.replaceAll(".", "_").toUpperCase()}`;
    known.add(name);
    const text = environment[name];
    return text === undefined ? undefined : JSON.parse(text);
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(
    Object.keys(environment).filter((name) => !known.has(name)),
    [],
  );
  return settings;
}

describe("docker/compose.yaml", () => {
  it("confines each service: no privileges, nothing to write to but volumes, and bounds", async () => {
    assert.deepEqual(Object.keys((await compose()).services), ["bridge", "nats", "otel-collector"]);
  });

  it("publishes ports on the loopback of the machine only", async () => {
    const { services } = await compose();
    const ports = Object.entries(services).flatMap(([name, each]) => each.ports.map((port) => `${name} ${port}`));
    assert.deepEqual(ports, ["bridge 127.0.0.1:3001:3001"]);
  });

  it("lets no service but its own reach NATS", async () => {
    const { services, networks } = await compose();
    assert.deepEqual(services["nats"]?.networks, ["inside"]);
    assert.equal(networks["inside"]?.internal, true);
    for (const { networks: used } of Object.values(services))
      for (const network of used) assert.ok(network in networks, network);
  });

  it("pins each image: our own by its version, those of others by a digest", async () => {
    const { version } = JSON.parse(await readFile(join(repositoryRoot, "package.json"), "utf8")) as { version: string };
    const { bridge, ...others } = (await compose()).services;
    assert.match(bridge?.image ?? "", new RegExp(`:${version.replaceAll(".", "\\.")}$`));
    for (const { image } of Object.values(others)) assert.match(image, /:v?\d+\.\d+\.\d+[\w.-]*@sha256:[\da-f]{64}$/);
  });

  it("names volumes that it has, and files that are there", async () => {
    const { services, volumes } = await compose();
    for (const each of Object.values(services).flatMap((service) => service.volumes)) {
      const [source = "", target = ""] = each.split(":");
      assert.match(target, /^\//);
      if (source.startsWith("./")) assert.ok(source === "./workspace" || existsSync(join(folder, source)), source);
      else assert.ok(source in volumes, source);
    }
  });

  it("points the bus of the bridge at NATS, and its telemetry at the collector", async () => {
    const settings = await bridgeSettings();
    const [, natsPort] = /^listen: 0\.0\.0\.0:(\d+)$/m.exec(await read("nats.conf")) ?? [];
    assert.deepEqual(settings["bus.servers"], [`nats://nats:${natsPort}`]);
    const { receivers } = await collector();
    const { port } = new URL(`http://${receivers.otlp.protocols.http.endpoint}`);
    assert.deepEqual(
      settings.exports.map((each) => z.object({ kind: z.string(), endpoint: z.string() }).parse(each)),
      [{ kind: "otlp", endpoint: `http://otel-collector:${port}` }],
    );
  });

  it("gives the collector pipelines for all signals, of parts that it has", async () => {
    const { receivers, processors, exporters, service } = await collector();
    assert.deepEqual(Object.keys(service.pipelines), ["traces", "metrics", "logs"]);
    for (const each of Object.values(service.pipelines)) {
      for (const [names, parts] of [
        [each.receivers, receivers],
        [each.processors, processors],
        [each.exporters, exporters],
      ] as const)
        for (const name of names) assert.ok(name in parts, name);
    }
  });
});
