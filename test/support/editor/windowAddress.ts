import { pathToFileURL } from "node:url";

/** What a window opens: one folder, a .code-workspace with many, or nothing. */
export type Opened = { readonly folder: string } | { readonly workspace: string } | "nothing";

/** An extension under development, and the module whose `run()` is called inside its host. Absolute paths. */
interface Development {
  readonly extension: string;
  readonly tests?: string;
}

/** The server that a window belongs to: `http://host:port`, and what lets a window in. */
export interface WindowServer {
  readonly origin: string;
  readonly token: string;
}

export interface WindowAddressOptions {
  /** Needs a server that `runsTests`. */
  readonly development?: Development | undefined;
  /** Greets the person with the editor's Welcome page, and the walkthroughs on it, as any first window does. */
  readonly showsWelcome?: boolean;
}

/** The address of an editor window. */
export function windowAddress(server: WindowServer, opened: Opened, options: WindowAddressOptions = {}): string {
  const url = new URL(server.origin);
  url.searchParams.set("tkn", server.token);
  if (opened === "nothing") url.searchParams.set("ew", "true");
  else if ("folder" in opened) url.searchParams.set("folder", uriPath(opened.folder));
  else url.searchParams.set("workspace", uriPath(opened.workspace));
  url.searchParams.set("payload", JSON.stringify(payload(url.host, options)));
  return url.href;
}

function payload(authority: string, { development, showsWelcome }: WindowAddressOptions): [string, string][] {
  const remote = (path: string) => `vscode-remote://${authority}${uriPath(path)}`;
  const pairs: [string, string][] = showsWelcome === true ? [] : [["skipWelcome", "true"]];
  if (development) pairs.push(["extensionDevelopmentPath", remote(development.extension)]);
  if (development?.tests) pairs.push(["extensionTestsPath", remote(development.tests)]);
  return pairs;
}

/** A path the way an editor's URI has it: forward slashes, a leading one also before a drive letter. */
function uriPath(path: string): string {
  return decodeURIComponent(pathToFileURL(path).pathname);
}
