// Checks the sizes of the bundles, and of the VSIX if there is one.
import { readFileSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { browserBundle } from "./npm/bundles.mjs";

const budgets = [
  { file: "dist/extension.cjs", maxKiB: 40 },
  // Of which the gateways take 16 KiB: what their requests need before other bundles are read, and their input to agents.
  // Agents that are models take 30 KiB: their settings, targets and choice, that of MCP servers, and the children of executions.
  // Exports take 14 KiB: the way to their bundle, their routes and the states in the status, and the trace of the caller.
  // Dashboards in browsers take 10 KiB: they share all but their connection with those of the editor, which are in this bundle.
  // Calls that translate what people read take 6 KiB.
  { file: "dist/bridge.cjs", maxKiB: 932 },
  // The bridge without an editor, in the npm package.
  { file: "dist/headless/serve.cjs", maxKiB: 900 },
  { file: "dist/schemaWorker.cjs", maxKiB: 30 },
  { file: "dist/jose.cjs", maxKiB: 30 },
  { file: "dist/oauth.cjs", maxKiB: 60 },
  { file: "dist/plugins.cjs", maxKiB: 350 },
  { file: "dist/nats.cjs", maxKiB: 260 },
  { file: "dist/gateways.cjs", maxKiB: 400 },
  { file: "dist/mcp.cjs", maxKiB: 700 },
  { file: "dist/editorTools.cjs", maxKiB: 30 },
  { file: "dist/connectClient.cjs", maxKiB: 80 },
  { file: "dist/models.cjs", maxKiB: 600, maxCompressedKiB: 200 },
  { file: "dist/hostModels.cjs", maxKiB: 60 },
  { file: "dist/analytics.cjs", maxKiB: 15 },
  { file: "dist/merging.cjs", maxKiB: 10 },
  { file: "dist/mcpTools.cjs", maxKiB: 520 },
  { file: "dist/awsCredentials.cjs", maxKiB: 300 },
  { file: "dist/hostExports.cjs", maxKiB: 20 },
  { file: "dist/l10n.cjs", maxKiB: 5 },
  { file: "dist/translate.cjs", maxKiB: 15 },
  { file: "dist/exports.cjs", maxKiB: 420 },
  // Of which the page of exports takes 8 KiB: it shares all its parts with the others, which a chunk of its own would repeat.
  // The page in a browser takes 22 KiB; the calls that translate texts, 14 KiB; the sentences of the audit log, 5 KiB.
  { file: "dist/webview/dashboard.js", maxKiB: 312 },
  { file: "dist/webview/markdown.js", maxKiB: 60 },
  { file: "dist/webview/uplot.js", maxKiB: 60 },
  { file: "dist/docs/live.js", maxKiB: 25 },
  // Of which Swagger UI takes 478 KiB, the bridge 300, the documents 45, the models 164, the exports 104, the
  // credentials of AWS 90, the translations of the editor's texts and of the page 65, and the list of live events 7.
  { file: "dist/kiro-bridge.vsix", maxKiB: 2290 },
];

for (const { file, maxKiB, maxCompressedKiB } of budgets) {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size;
  if (bytes === undefined) continue;
  compare(file, bytes, maxKiB);
  if (maxCompressedKiB === undefined) continue;
  compare(`${file}, compressed`, gzipSync(readFileSync(file)).byteLength, maxCompressedKiB);
}
// As users' pages bundle and serve it. test/unit/client/browserBundle.test.ts has the same limit.
compare("kiro-bridge/client, compressed", gzipSync((await browserBundle()).code).byteLength, 25);

function compare(file, bytes, maxKiB) {
  const KiB = bytes / 1024;
  console.log(`${file}: ${KiB.toFixed(0)} KiB of ${maxKiB.toFixed(0)} KiB`);
  if (KiB > maxKiB) process.exitCode = 1;
}
