// `node storageMain.ts <packages>`: the emulator of Cloud Storage of firebase-tools, without its rules and its other emulators.
import { createRequire } from "node:module";
import type { RequestListener } from "node:http";
import { createServer } from "node:http";
import { join } from "node:path";
import { listenOnLoopback } from "../../peers/loopback.ts";

const PROJECT = "demo-kiro";

interface Firebase {
  readonly StorageEmulator: new (options: object) => object;
  readonly EmulatorRegistry: { readonly INSTANCES: Map<string, object> };
  readonly createApp: (project: string, emulator: object) => Promise<RequestListener>;
}

const load = createRequire(join(process.argv[2] ?? "", "index.js"));
const part = (file: string): Firebase => load(`firebase-tools/lib/emulator/${file}`);
const server = createServer();
const { port } = await listenOnLoopback(server);
const emulator = new (part("storage/index.js").StorageEmulator)({
  projectId: PROJECT,
  host: "127.0.0.1",
  port: Number(port),
  rules: { name: "none", content: "" },
  auto_download: false,
});
part("registry.js").EmulatorRegistry.INSTANCES.set("storage", emulator);
server.on("request", await part("storage/server.js").createApp(PROJECT, emulator));
console.log(`listening on ${port}`);
