import { join } from "node:path";
import * as vscode from "vscode";
import { type Disposable, toDisposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import type { NamedSecrets } from "../../hosting/secrets/namedSecrets.ts";
import { editorSecrets } from "./editorSecrets.ts";
import { SecretFiles } from "../../hosting/secrets/secretFiles.ts";

/** A place of secrets: the prefix of their keys in the secret storage, and the folder in the storage of the extension. */
interface SecretPlace {
  readonly prefix: string;
  readonly folder: string;
}

const places = {
  engines: { prefix: "kiroBridge.engineKey.", folder: "keys" },
  exports: { prefix: "kiroBridge.exportSecret.", folder: "export-secrets" },
} as const satisfies Record<string, SecretPlace>;

/** Returns the secrets of engines, by their IDs, or of destinations of exports, by their names. All windows share them. */
export function namedSecrets(
  of: keyof typeof places,
  { secrets, globalStorageUri }: Pick<vscode.ExtensionContext, "secrets" | "globalStorageUri">,
  logger: Logger,
): NamedSecrets & Disposable {
  const { prefix, folder } = places[of];
  // An editor in a browser loses its secrets with the page.
  if (vscode.env.uiKind !== vscode.UIKind.Desktop)
    return new SecretFiles(join(globalStorageUri.fsPath, folder), logger);
  return { ...editorSecrets(secrets, prefix), ...toDisposable(() => undefined) };
}
