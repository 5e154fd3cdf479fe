import { statSync } from "node:fs";

/** Tells one file from another that has come into its place: an update, or a link that leads elsewhere now. Undefined: none. */
export function identityOf(path: string): string | undefined {
  try {
    const { dev, ino, mode, size, mtimeMs } = statSync(path);
    return [dev, ino, mode, size, mtimeMs].join(" ");
  } catch {
    return undefined;
  }
}
