import { statSync } from "node:fs";

/**
 * Returns the identity of a file, which changes with an update or when a link is changed, or undefined if there is
 * none.
 */
export function identityOf(path: string): string | undefined {
  try {
    const { dev, ino, mode, size, mtimeMs } = statSync(path);
    return [dev, ino, mode, size, mtimeMs].join(" ");
  } catch {
    return undefined;
  }
}
