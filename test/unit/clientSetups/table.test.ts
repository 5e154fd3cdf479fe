import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse as parseToml } from "smol-toml";
import { isFileWay } from "../../../src/clientSetups/setup.ts";
import { snippetOf } from "../../../src/clientSetups/snippet.ts";
import { clientSetups } from "../../../src/clientSetups/table.ts";
import { manualPage } from "../../support/checks/manual.ts";
import { sectionOf } from "../../support/checks/promises.ts";

const url = "http://127.0.0.1:3001";

describe("The table of clients", () => {
  it("has each client once, by an ID for commands and pages", () => {
    const ids = clientSetups.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, /^[a-z][a-z-]{1,19}$/);
  });

  it("has a page and a place in the manual for each client", () => {
    const root = join(import.meta.dirname, "../../..");
    for (const { id, name } of clientSetups) {
      assert.ok(readFileSync(join(root, `docs/clients/${id}.md`), "utf8").startsWith(`# ${name}\n`), id);
      const isLibrary = / SDK$|^LangChain$|^curl$/.test(name);
      assert.ok(
        isLibrary || sectionOf(manualPage("gateways"), "## Connect a client").replaceAll(/\s+/g, " ").includes(name),
        name,
      );
    }
  });

  it("gives no client more than it needs", () => {
    for (const { id, scopes, ways } of clientSetups) {
      const isForTools = ways.some(({ kind }) => kind === "mcp");
      assert.deepEqual(scopes, isForTools ? ["status:read", "commands:run", "agents:prompt"] : ["agents:prompt"], id);
    }
  });

  it("has snippets that are valid, name the bridge, and have no token unless one is given", () => {
    for (const { id, ways } of clientSetups) {
      for (const way of ways) {
        const { text, format } = snippetOf(way, { url });
        assert.ok(text.includes(url), id);
        assert.doesNotMatch(text, /kbt_/);
        assert.ok(/KIRO_BRIDGE_TOKEN|\$\{input:kiro-bridge-token\}|<token>/.test(text), `${id}: ${text}`);
        if (format === "json") JSON.parse(text);
        if (format === "toml") parseToml(text);
        if (isFileWay(way) && format !== "toml") assert.match(snippetOf(way, { url, token: "kbt_x" }).text, /kbt_x/);
      }
    }
  });

  it("has the entries that were measured with the clients", () => {
    const textOf = (id: string, at = 0) => {
      const way = clientSetups.find((setup) => setup.id === id)?.ways[at];
      return way === undefined ? "" : snippetOf(way, { url }).text;
    };
    assert.equal(
      textOf("codex"),
      `[mcp_servers.kiro-bridge]\nurl = "${url}/mcp"\nbearer_token_env_var = "KIRO_BRIDGE_TOKEN"`,
    );
    assert.deepEqual(JSON.parse(textOf("claude-code")), {
      mcpServers: {
        "kiro-bridge": {
          type: "http",
          url: `${url}/mcp`,
          headers: { Authorization: "Bearer ${KIRO_BRIDGE_TOKEN}" },
        },
      },
    });
    assert.deepEqual(JSON.parse(textOf("opencode")), {
      mcp: {
        "kiro-bridge": {
          type: "remote",
          url: `${url}/mcp`,
          oauth: false,
          headers: { Authorization: "Bearer {env:KIRO_BRIDGE_TOKEN}" },
        },
      },
    });
  });
});
