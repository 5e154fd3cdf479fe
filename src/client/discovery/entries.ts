import { objectOf } from "../http/failure.ts";
import { hasShape } from "../http/readBody.ts";
import type { Window } from "../wireTypes.ts";
import type { NodeParts } from "./node.ts";

/** The entry of a bridge in the discovery folder (docs/wire-contract.md#12-discovery). */
export interface BridgeEntry {
  /** The name of its file. */
  readonly file: string;
  readonly version: string;
  readonly url: string;
  readonly pid: number;
  readonly token?: string | undefined;
  readonly windows: readonly Window[];
}

const FIRST_FILE = "bridge.json";
const FILE_NAME = /^bridge-\d+\.json$/;

/** Returns `KIRO_BRIDGE_HOME`, or by default `.kiro-bridge` in the home folder. */
export function discoveryFolder({ env, homedir, join }: NodeParts): string {
  return env["KIRO_BRIDGE_HOME"] || join(homedir(), ".kiro-bridge");
}

/** Reads the entries of bridges whose process is running, in the order of `readEntries`. */
export async function runningEntries(node: NodeParts, folder: string): Promise<BridgeEntry[]> {
  return (await readEntries(node, folder)).filter(({ pid }) => node.isAlive(pid));
}

/** Reads all entries: first that of the terminal that the program runs in, then `bridge.json`. */
export async function readEntries(node: NodeParts, folder: string): Promise<BridgeEntry[]> {
  const names = await node.readdir(folder).catch(() => []);
  const read = [FIRST_FILE, ...names.filter((name) => FILE_NAME.test(name)).toSorted()].map((name) =>
    readEntry(node, folder, name),
  );
  const entries = (await Promise.all(read)).filter((entry) => entry !== undefined);
  const isHere = ({ url }: BridgeEntry): boolean => url === node.env["KIRO_BRIDGE_URL"];
  return [...entries.filter(isHere), ...entries.filter((entry) => !isHere(entry))];
}

async function readEntry(node: NodeParts, folder: string, name: string): Promise<BridgeEntry | undefined> {
  const text = await node.readFile(node.join(folder, name)).catch(() => "");
  const entry = { ...objectOf(text), file: name };
  return hasShape<BridgeEntry>(entry, { url: "string", pid: "number", windows: "object" }) && URL.canParse(entry.url)
    ? entry
    : undefined;
}
