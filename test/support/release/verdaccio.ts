import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { repositoryRoot } from "../editor/paths.ts";
import { installedPackages } from "../exports/heavy/peerPackages.ts";
import { PeerProcess } from "../exports/heavy/peerProcess.ts";
import { freePort } from "../programs/freePort.ts";

/** It has no other registry behind it. */
const config = (folder: string): string => `
storage: ${JSON.stringify(join(folder, "storage"))}
auth:
  htpasswd:
    file: ${JSON.stringify(join(folder, "htpasswd"))}
    algorithm: bcrypt
packages:
  "**":
    access: $all
    publish: $authenticated
server:
  keepAliveTimeout: 5
max_body_size: 50mb
log: { type: stdout, format: pretty, level: http }
`;

/** Starts verdaccio on a port of loopback, with the packages of test/release/registry. */
export async function startVerdaccio(): Promise<PeerProcess> {
  const packages = await installedPackages("verdaccio", join(repositoryRoot, "test/release/registry"));
  const port = await freePort();
  const program = join(packages, "node_modules/verdaccio/bin/verdaccio");
  return PeerProcess.start({
    command: process.execPath,
    args: (folder) => [program, "--config", join(folder, "config.yaml"), "--listen", `127.0.0.1:${port}`],
    ready: /http address/,
    port,
    prepare: (folder) => writeFile(join(folder, "config.yaml"), config(folder)),
  });
}

/** Creates a user of verdaccio. @returns a token that may publish */
export async function createUser(url: URL): Promise<string> {
  const name = "publisher";
  const response = await fetch(new URL(`/-/user/org.couchdb.user:${name}`, url), {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name, password: "a password of this test" }),
    signal: AbortSignal.timeout(60_000),
  });
  return z.object({ token: z.string() }).parse(await response.json()).token;
}
