import { randomBytes } from "node:crypto";
import { watch } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { healthProof } from "../../../src/server/guards/healthProof.ts";
import { withDeadline } from "./deadline.ts";

/** Without a token where programs must ask for their own; then it is empty here. */
const entry = z.object({
  url: z.url(),
  pid: z.int(),
  token: z.string().min(1).optional().default(""),
  windows: z.array(z.object({ id: z.string(), pid: z.int(), workspaceFolders: z.array(z.string()) })),
});

/**
 * What clients of the bridge find in a discovery file (docs/wire-contract.md#12-discovery), the parts that tests need, and the
 * file itself.
 */
export interface Discovery extends z.infer<typeof entry> {
  readonly file: string;
}

/** Generous: a test may send many requests at once on a busy machine. */
const ANSWER_DEADLINE_MS = 120_000;

/** `bridge.json`, and next to it `bridge-<port>.json` of a bridge that found the first one taken. */
const fileName = /^bridge(-\d+)?\.json$/;

/** The bridges that a bridge home tells of, living or not. A file that is not what the contract says is passed over, as a client would. */
export async function readDiscoveries(bridgeHome: string): Promise<Discovery[]> {
  const names = await readdir(bridgeHome).catch(() => []);
  const found: Discovery[] = [];
  for (const name of names.filter((it) => fileName.test(it))) {
    const file = join(bridgeHome, name);
    const read = entry.safeParse(
      await readFile(file, "utf8")
        .then(JSON.parse)
        .catch(() => undefined),
    );
    if (read.success) found.push({ ...read.data, file });
  }
  return found;
}

/** Waits for the discovery file of a bridge that `accept` takes; any by default. */
export function waitForDiscovery(
  bridgeHome: string,
  deadlineMs: number,
  accept: (found: Discovery) => boolean = () => true,
): Promise<Discovery> {
  const look = async () => (await readDiscoveries(bridgeHome)).find(accept);
  return whenFolderShows(bridgeHome, look, deadlineMs, "the bridge's discovery file");
}

/** Waits until no discovery file is left of a bridge that `accept` takes; of none at all by default. */
export async function waitForNoDiscovery(
  bridgeHome: string,
  deadlineMs: number,
  accept: (found: Discovery) => boolean = () => true,
): Promise<void> {
  const look = async () => ((await readDiscoveries(bridgeHome)).some(accept) ? undefined : true);
  await whenFolderShows(bridgeHome, look, deadlineMs, "the discovery file to be removed");
}

/** The bridge's own word on its health: "healthy", "unhealthy", or what else it says. Rejects when nobody answers. */
export async function askHealth(url: string): Promise<string> {
  const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(ANSWER_DEADLINE_MS) });
  const body: unknown = await answer.json();
  return typeof body === "object" && body !== null && "status" in body ? String(body.status) : `HTTP ${answer.status}`;
}

const proven = z.object({ proof: z.string() });

/**
 * Returns true if nobody can connect to the address, or another bridge is there, whose proof is that of another token: that of
 * an editor whose tests run beside these may have the port by now.
 */
export async function isGone({ url, token }: Pick<Discovery, "url" | "token">): Promise<boolean> {
  const challenge = randomBytes(16).toString("base64url");
  try {
    const signal = AbortSignal.timeout(ANSWER_DEADLINE_MS);
    const answer = await fetch(`${url}/health?challenge=${challenge}`, { signal });
    const { data } = proven.safeParse(await answer.json());
    return data !== undefined && data.proof !== healthProof(token, challenge, new URL(url).host);
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    return typeof cause === "object" && cause !== null && "code" in cause && cause.code === "ECONNREFUSED";
  }
}

/** Sends one command to the bridge (docs/wire-contract.md#41-execute) and gives status and body as they came. */
export async function execute(bridge: Discovery, request: unknown): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${bridge.url}/api/kiro/execute`, {
    method: "POST",
    headers: { authorization: `Bearer ${bridge.token}`, "content-type": "application/json" },
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
  });
  return { status: answer.status, body: await answer.json() };
}

/** Looks at once and at every change in the folder, until `look` answers. */
async function whenFolderShows<T>(
  folder: string,
  look: () => Promise<T | undefined>,
  deadlineMs: number,
  what: string,
): Promise<T> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const lookNow = () => void look().then((seen) => seen !== undefined && resolve(seen), reject);
  const watcher = watch(folder, lookNow);
  try {
    lookNow();
    return await withDeadline(promise, deadlineMs, `${what} in ${folder}`);
  } finally {
    watcher.close();
  }
}
