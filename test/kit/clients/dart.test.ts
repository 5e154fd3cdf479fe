import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { promisify } from "node:util";
import { format } from "@wasm-fmt/dart_fmt";
import { type ClientBridge, startClientBridge } from "../../support/clients/clientBridge.ts";
import {
  chatEventShapes,
  differences,
  eventComponents,
  type Shape,
  shapeOf,
} from "../../support/clients/contractShapes.ts";
import { unresolvedNames } from "../../support/clients/dartNames.ts";
import { DartClasses } from "../../support/clients/dartSources.ts";
import { type Fixtures, recordFixtures } from "../../support/clients/recordFixtures.ts";
import { mismatches, pathsOf } from "../../support/clients/samples.ts";

const run = promisify(execFile);
const folder = join(import.meta.dirname, "../../../clients/dart");
const read = (file: string): string => readFileSync(join(folder, file), "utf8");
const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .map((file) => file.split(sep).join("/"))
  .filter((file) => file.endsWith(".dart") && !file.startsWith("."));
const classes = new DartClasses(sources.filter((file) => file.startsWith("lib/")).map(read));

/** The components of the contract that classes with other names read, and the fields that they leave out. */
const components: Readonly<Record<string, { readonly component?: string; readonly ignored?: readonly string[] }>> = {
  KiroBridgeException: { component: "ErrorBody", ignored: ["timestamp"] },
  KiroWindow: { component: "Window" },
  KiroStatus: {
    component: "KiroStatusResponse",
    ignored: [
      "reason",
      "availableCommands",
      "timestamp",
      "cli",
      "engines",
      "exports",
      "queue",
      "pendingRestart",
      "windows",
    ],
  },
  PairedClient: { component: "PairAllowed", ignored: ["status", "client"] },
  _PairPending: { component: "PairPending", ignored: ["status"] },
  // The ID has two names; and the reader of an execution knows who has asked for it.
  CommandExecution: { ignored: ["executionId", "requestedBy"] },
  ChatRequest: { ignored: ["message"] },
  PairRequest: { component: "PairAsk" },
};
/** Classes that are read as parts of others, or that are no JSON of the contract. */
const parts = [
  "InputOption",
  "KiroQueue",
  "HealthServer",
  "ClientProof",
  "ServerInfo",
  "Requester",
  "FileDiff",
  "DestinationState",
];

function isElsewhere(name: string): boolean {
  const isChatEvent = name.startsWith("Chat") && name !== "ChatResponse";
  return isChatEvent || parts.includes(name) || ["_BridgeEntry", "BridgeEvent", "UnknownEvent"].includes(name);
}

/** Returns false for the bodies of requests. */
function isRead(name: string): boolean {
  return !name.endsWith("Request");
}

function without(shape: Shape | undefined, ignored: readonly string[] = []): Shape {
  assert.ok(shape?.kind === "object");
  return {
    kind: "object",
    fields: Object.fromEntries(Object.entries(shape.fields).filter(([name]) => !ignored.includes(name))),
  };
}

/** Removes a field from a shape and from everything in it: lists of executions have the same ignored fields. */
function withoutDeep(shape: Shape, ignored: readonly string[]): Shape {
  if (shape.kind === "list") return { kind: "list", item: withoutDeep(shape.item, ignored) };
  if (shape.kind !== "object") return shape;
  const kept = Object.entries(shape.fields).filter(([name]) => !ignored.includes(name));
  return {
    kind: "object",
    fields: Object.fromEntries(
      kept.map(([name, field]) => [name, { ...field, shape: withoutDeep(field.shape, ignored) }]),
    ),
  };
}

describe("The Dart client", function () {
  this.timeout(240_000);
  let bridge: ClientBridge | undefined;
  afterEach(async () => {
    await bridge?.dispose();
    bridge = undefined;
  });

  it("has the syntax of Dart, in the format of dart_style", () => {
    assert.ok(sources.length > 20);
    for (const file of sources) assert.equal(read(file), format(read(file), file), file);
    assert.throws(() => format("class A { void f( {", "broken.dart"), /Expected to find/);
  });

  it("has samples in its README with the same syntax and format", () => {
    const samples = [...read("README.md").matchAll(/^```dart\n(.*?)^```$/gms)].map(([, sample = ""]) => sample);
    assert.equal(samples.length, 4);
    for (const sample of samples) assert.equal(sample, format(sample, "sample.dart"));
  });

  it("says that it was not compiled, and has the version of the extension and two dependencies", () => {
    assert.match(read("README.md"), /Not compiled by us\./);
    const manifest: { version: string } = JSON.parse(read("../../package.json"));
    const pubspec = read("pubspec.yaml");
    assert.match(pubspec, new RegExp(`^version: ${manifest.version}$`, "m"));
    assert.match(pubspec, /^dependencies:\n  crypto: \S+\n  http: \S+\n\n/m);
    assert.match(read("CHANGELOG.md"), new RegExp(`^## ${manifest.version}$`, "m"));
  });

  it("imports dart:io for the discovery only, and nothing of Flutter", () => {
    const imports = (file: string): string[] =>
      [...read(file).matchAll(/^import '([^']+)'/gm)].map(([, name = ""]) => name);
    for (const file of sources.filter((name) => name.startsWith("lib/"))) {
      assert.equal(imports(file).includes("dart:io"), file === "lib/src/discovery.dart", file);
      for (const name of imports(file))
        assert.match(name, /^(?:dart:\w+|package:(?:http|crypto)\/\w+\.dart|\w+\.dart)$/);
    }
    assert.doesNotMatch(read("lib/kiro_bridge.dart"), /discovery\.dart' /);
  });

  it("imports each class that a file uses, and nothing else", () => {
    const library = sources.filter((file) => file.startsWith("lib/src/"));
    assert.deepEqual(unresolvedNames(new Map(library.map((file) => [file, read(file)]))), []);
    for (const file of ["lib/kiro_bridge.dart", "lib/discovery.dart"])
      for (const [, part = "", shown = ""] of read(file).matchAll(/^export '([^']+)'(?:\s+show ([^;]+))?;/gm))
        for (const name of shown.split(/,\s*/).filter((text) => text !== ""))
          assert.match(read(`lib/${part}`), new RegExp(`\\b${name}\\b(?:[({ ]| =)`), `${part}: ${name}`);
  });

  it("reads every field of the contract, with its type", () => {
    const names = classes.readers.filter((name) => !isElsewhere(name));
    const problems = names.flatMap((name) => {
      const { component = name, ignored = [] } = components[name] ?? {};
      const contract = shapeOf(component);
      if (contract === undefined) return [`${name}: no such component`];
      const inLists = name === "ExecutionList" ? (components["CommandExecution"]?.ignored ?? []) : [];
      return differences(classes.shapeOf(name), withoutDeep(contract, [...ignored, ...inLists]), name);
    });
    assert.deepEqual(problems, []);
    const expected = [
      "ExecuteCommandResponse",
      "CommandExecution",
      "KiroStatusResponse",
      "ChatResponse",
      "WindowListing",
    ];
    for (const name of [...eventComponents(), ...expected, ...Object.keys(components).filter(isRead)])
      assert.ok(names.includes(name), name);
  });

  it("reads every field of the events of a streamed chat", () => {
    const source = read("lib/src/chat_events.dart");
    const contract = chatEventShapes();
    const cases = [...source.matchAll(/'([\w-]+)' => (\w+)\.fromJson\(json\)/g)];
    assert.deepEqual([...cases.map(([, event = ""]) => event), "error"].toSorted(), [...contract.keys()].toSorted());
    for (const [, event = "", name = ""] of cases)
      assert.deepEqual(differences(classes.shapeOf(name), without(contract.get(event)), name), []);
    assert.match(source, /'done' => ChatDone\(ChatResponse\.fromJson\(json\)\)/);
  });

  it("reads each type of event with its class", () => {
    const cases = [...read("lib/src/events.dart").matchAll(/'([\w-]+)' => (\w+)\.fromJson\(json\)/g)];
    assert.deepEqual(cases.map(([, , name = ""]) => name).toSorted(), eventComponents().toSorted());
    for (const [, event, name = ""] of cases) {
      const shape = shapeOf(name);
      assert.ok(shape?.kind === "object");
      assert.deepEqual(shape.fields["type"]?.shape, { kind: "enum", values: [event] });
    }
  });

  it("writes requests as the contract has them", () => {
    for (const name of ["ExecuteCommandRequest", "ChatRequest", "UserInputRequest", "PairRequest"]) {
      const { component = name, ignored = [] } = components[name] ?? {};
      const contract = without(shapeOf(component), ignored);
      const problems = differences(classes.writtenBy(name), contract, name);
      // The contract has alternatives of which one is required.
      assert.deepEqual(problems, name === "ChatRequest" ? ["ChatRequest.prompt: required, unlike the contract"] : []);
    }
  });

  it("reads what a real bridge sends", async () => {
    bridge = await startClientBridge();
    const recorded = await recordFixtures(bridge);
    const kept: Fixtures = Object.fromEntries(
      readdirSync(join(folder, "test/fixtures")).map((file) => {
        const samples: unknown[] = JSON.parse(read(`test/fixtures/${file}`));
        return [file.replace(/\.json$/, ""), samples];
      }),
    );
    assert.deepEqual(Object.keys(kept).toSorted(), Object.keys(recorded).toSorted());
    for (const [name, samples] of Object.entries(recorded)) {
      assert.ok(samples.length > 0, name);
      assert.deepEqual(
        pathsOf(samples),
        pathsOf(kept[name] ?? []),
        `${name}: run test/kit/clients/writeDartFixtures.ts`,
      );
      if (name === "ChatEvent" || name === "BridgeEvent") continue;
      const shape = classes.shapeOf(name);
      for (const sample of [...samples, ...(kept[name] ?? [])]) assert.deepEqual(mismatches(sample, shape, name), []);
    }
  });

  it("passes dart analyze and its own tests, where Dart is installed", async function () {
    const isInstalled = await run("dart", ["--version"]).then(
      () => true,
      () => false,
    );
    if (!isInstalled) this.skip();
    await run("dart", ["pub", "get"], { cwd: folder });
    await run("dart", ["analyze", "--fatal-infos", "lib", "test"], { cwd: folder });
    await run("dart", ["test"], { cwd: folder });
  });
});
