import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PeerProcess } from "../exports/heavy/peerProcess.ts";
import { freePort } from "../programs/freePort.ts";
import type { ImageTools } from "./imageTools.ts";

/** The registry of images that Docker gives out, on loopback and without TLS, with a store that is removed with it. */
export async function startRegistry(tools: ImageTools): Promise<PeerProcess> {
  const port = await freePort();
  const { command, args } = tools.command(["docker-registry", "serve", "registry.yml"]);
  return PeerProcess.start({
    command,
    args: () => args,
    env: tools.env,
    prepare: (folder) => writeFile(join(folder, "registry.yml"), JSON.stringify(configuration(folder, port))),
    ready: /listening on/,
    port,
  });
}

/** JSON is YAML. */
function configuration(folder: string, port: number): unknown {
  return {
    version: 0.1,
    storage: { filesystem: { rootdirectory: join(folder, "store") } },
    http: { addr: `127.0.0.1:${port}` },
  };
}
