import { bearer, type ClientSetup, mcpScopes, SERVER_NAME } from "./setup.ts";

/** VS Code asks for the token, and keeps it in its secret storage. */
const tokenInput = {
  id: "kiro-bridge-token",
  type: "promptString",
  description: "Token of Kiro Bridge",
  password: true,
};
const ASKED_TOKEN = `\${input:${tokenInput.id}}`;

export const editors: readonly ClientSetup[] = [
  {
    id: "vscode",
    name: "VS Code",
    signs: { programs: ["code"], folders: [".vscode"] },
    scopes: mcpScopes,
    ways: [
      {
        kind: "mcp",
        format: "json",
        file: ".vscode/mcp.json",
        variable: ASKED_TOKEN,
        entry: ({ url, token }) => ({
          path: ["servers", SERVER_NAME],
          value: { type: "http", url: `${url}/mcp`, headers: bearer(token) },
          ...(token === ASKED_TOKEN && { item: { list: "inputs", value: tokenInput } }),
        }),
      },
    ],
    next: "The window in which the bridge runs needs none of this: its chat has the tools already. In another window, run “MCP: List Servers” and start kiro-bridge; it asks for the token once, unless the file has it.",
  },
  {
    id: "kiro",
    name: "Kiro",
    signs: { programs: ["kiro", "kiro-cli"], folders: [".kiro"] },
    scopes: mcpScopes,
    ways: [
      {
        kind: "mcp",
        format: "json",
        file: "~/.kiro/settings/mcp.json",
        variable: "${KIRO_BRIDGE_TOKEN}",
        entry: ({ url, token }) => ({
          path: ["mcpServers", SERVER_NAME],
          value: { url: `${url}/mcp`, headers: bearer(token), autoApprove: [], disabledTools: [] },
        }),
      },
    ],
    next: "The IDE asks whether it may read KIRO_BRIDGE_TOKEN; allow it. Kiro CLI reads the same file: run “/mcp” there.",
  },
  {
    id: "cursor",
    name: "Cursor",
    signs: { programs: ["cursor", "cursor-agent"], folders: [".cursor"] },
    scopes: mcpScopes,
    ways: [
      {
        kind: "mcp",
        format: "json",
        file: "~/.cursor/mcp.json",
        variable: "${env:KIRO_BRIDGE_TOKEN}",
        entry: ({ url, token }) => ({
          path: ["mcpServers", SERVER_NAME],
          value: { url: `${url}/mcp`, headers: bearer(token) },
        }),
      },
    ],
    next: "Open Cursor's settings for tools and MCP, and switch kiro-bridge on.",
  },
];
