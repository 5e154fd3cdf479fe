import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { editorUser } from "../../../../src/core/access/principal.ts";
import { CliBridge } from "../../../support/cli/cliBridge.ts";
import { removeCliBundle } from "../../../support/cli/cliBundle.ts";
import type { CliProcess, CliResult } from "../../../support/cli/cliProcess.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";

const listSchema = z.object({
  clients: z.array(z.object({ id: z.string(), name: z.string(), installed: z.boolean() })),
});
const reportSchema = z.object({
  client: z.string(),
  scopes: z.array(z.string()),
  token: z.string().optional(),
  files: z.array(z.object({ path: z.string(), isChanged: z.boolean(), backup: z.string().optional() })),
  next: z.string(),
});

describe("kiro-bridge connect", () => {
  let bridge: CliBridge;
  let home: string;

  before(async () => {
    bridge = await CliBridge.start();
  });
  after(async () => {
    await bridge.dispose();
    await removeCliBundle();
  });
  beforeEach(async () => {
    home = await temporaryFolder();
  });
  afterEach(() => removeFolder(home));

  const env = (): Record<string, string> => ({ HOME: home, USERPROFILE: home });

  /** Decides as the user of the editor. */
  async function decide(run: CliProcess, decision: "allow" | "deny"): Promise<CliResult> {
    await run.printed(/[A-Z2-9]{4}-[A-Z2-9]{4}/);
    const { pairings } = bridge.bridge.core.access;
    const [{ id } = assert.fail("nobody asks")] = pairings.pending;
    pairings.decide(id, { decision }, editorUser);
    return await run.ended;
  }

  async function connect(args: readonly string[], decision: "allow" | "deny" = "allow"): Promise<CliResult> {
    return await decide(await bridge.start(["connect", ...args], { env: env() }), decision);
  }

  it("lists the clients, the installed ones first", async () => {
    await mkdir(join(home, ".qwen"));
    const { code, stdout } = await bridge.run(["connect", "--json"], { env: { ...env(), PATH: "" } });
    assert.equal(code, 0);
    const { clients } = listSchema.parse(JSON.parse(stdout));
    assert.deepEqual(clients[0], { id: "qwen", name: "Qwen Code", installed: true });
    assert.ok(clients.slice(1).every(({ installed }) => !installed));
    assert.match((await bridge.run(["connect"], { env: env() })).stdout, /^CLIENT +NAME +INSTALLED\n/);
  });

  it("prints a set-up without a token with --print, and asks nobody", async () => {
    const { code, stdout, stderr } = await bridge.run(["connect", "codex", "--print"], { env: env() });
    assert.equal(code, 0);
    assert.ok(stdout.includes(`[mcp_servers.kiro-bridge]\nurl = "${bridge.url}/mcp"`), stdout);
    assert.ok(stdout.includes('wire_api = "responses"'), stdout);
    assert.doesNotMatch(stdout, /kbt_/);
    assert.match(stderr, /start “codex”/);
    assert.deepEqual(bridge.bridge.core.access.pairings.pending, []);
  });

  it("prints the set-up and a token of the client's own, with the least scopes", async () => {
    const { code, stdout, stderr } = await connect(["openai-sdk"]);
    assert.equal(code, 0);
    assert.match(stderr, /^Allow OpenAI SDK in the editor, if it shows the code/);
    const [, token = ""] = /^export KIRO_BRIDGE_TOKEN=(kbt_\S+)\n/.exec(stdout) ?? [];
    assert.ok(stdout.includes(`baseURL: "${bridge.url}/v1"`), stdout);
    assert.equal(stdout.split("kbt_").length, 2);
    const principal = bridge.bridge.core.access.store.authenticate(token);
    assert.deepEqual([principal?.name, principal?.scopes.granted], ["OpenAI SDK", ["agents:prompt"]]);
  });

  it("writes the client's file with --write, beside what is there, with the name of the variable", async () => {
    const path = join(home, ".cursor", "mcp.json");
    await mkdir(join(home, ".cursor"));
    await writeFile(path, '{"mcpServers":{"mine":{"command":"x"}}}');
    const { code, stdout, stderr } = await connect(["cursor", "--write"]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^export KIRO_BRIDGE_TOKEN=kbt_\S+\n$/);
    const written = z
      .object({ mcpServers: z.record(z.string(), z.unknown()) })
      .parse(JSON.parse(await readFile(path, "utf8")));
    assert.deepEqual(written.mcpServers, {
      mine: { command: "x" },
      "kiro-bridge": { url: `${bridge.url}/mcp`, headers: { Authorization: "Bearer ${env:KIRO_BRIDGE_TOKEN}" } },
    });
    assert.ok(stderr.includes(`Wrote ${path}. A copy of the former one is ${path}.`), stderr);
    assert.equal((await readdir(join(home, ".cursor"))).length, 2);
  });

  it("stores the token with --store-token, for the user alone, and does not print it", async () => {
    const run = await connect(["claude-code", "--write", "--store-token", "--project", home, "--json"]);
    assert.equal(run.code, 0, run.stdout);
    const report = reportSchema.parse(JSON.parse(run.stdout.split("\n").at(-2) ?? ""));
    const path = join(home, ".mcp.json");
    assert.deepEqual([report.token, report.files], [undefined, [{ path, isChanged: true }]]);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    const [, token = ""] = /Bearer (kbt_[^"]+)/.exec(await readFile(path, "utf8")) ?? [];
    const principal = bridge.bridge.core.access.store.authenticate(token);
    assert.deepEqual(principal?.scopes.granted, report.scopes);
  });

  it("asks nobody if the file cannot be edited", async () => {
    await writeFile(join(home, ".mcp.json"), "{ broken");
    const { code, stderr } = await bridge.run(["connect", "claude-code", "--write", "--project", home], { env: env() });
    assert.equal(code, 1);
    assert.match(stderr, /\.mcp\.json was left as it is: it is not valid JSON/);
    assert.deepEqual(bridge.bridge.core.access.pairings.pending, []);
  });

  it("writes nothing if the user denies it", async () => {
    const { code } = await connect(["cursor", "--write"], "deny");
    assert.equal(code, 3);
    assert.deepEqual(await readdir(home), []);
  });

  it("refuses unknown clients, and what a client does not have", async () => {
    for (const args of [
      ["nobody"],
      ["cursor", "--for", "model"],
      ["curl", "--write"],
      ["cursor", "--print", "--write"],
    ]) {
      const { code } = await bridge.run(["connect", ...args], { env: env() });
      assert.equal(code, 64, args.join(" "));
    }
  });
});
