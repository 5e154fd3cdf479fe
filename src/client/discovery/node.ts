import { KiroBridgeError } from "../errors.ts";

/** The parts of Node that discovery needs; Deno and Bun have them as well. */
export interface NodeParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homedir: () => string;
  readonly join: (...parts: string[]) => string;
  readonly readFile: (path: string) => Promise<string>;
  readonly readdir: (path: string) => Promise<string[]>;
  readonly isAlive: (pid: number) => boolean;
}

/** Returns the parts, without an import that a bundler for browsers would follow. @throws KiroBridgeError in a browser */
export function nodeParts(): NodeParts {
  // Absent in browsers, and before Node 20.16.
  if (!("process" in globalThis) || !("getBuiltinModule" in process)) {
    const message =
      "The discovery folder can be read in Node 20.16 and later, Deno and Bun. Pass the address and a token.";
    throw new KiroBridgeError("CONFIGURATION_ERROR", message);
  }
  const files = process.getBuiltinModule("node:fs/promises");
  const paths = process.getBuiltinModule("node:path");
  const system = process.getBuiltinModule("node:os");
  return {
    env: process.env,
    homedir: () => system.homedir(),
    join: (...parts) => paths.join(...parts),
    readFile: (path) => files.readFile(path, "utf8"),
    readdir: (path) => files.readdir(path),
    isAlive: (pid) => {
      try {
        return process.kill(pid, 0);
      } catch (error) {
        // Otherwise it belongs to another user, or Deno may not ask: the bridge proves itself in any case.
        return !(error instanceof Error && "code" in error && error.code === "ESRCH");
      }
    },
  };
}
