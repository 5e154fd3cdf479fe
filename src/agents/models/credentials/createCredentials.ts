import { homedir } from "node:os";
import { within } from "../../../base/deadline.ts";
import type { Disposable } from "../../../base/disposables.ts";
import type { Logger } from "../../../base/logger.ts";
import type { ProcessGuard } from "../../../core/childProcesses/orphanGuard.ts";
import { ModelFailure } from "../../../core/models/modelFailure.ts";
import type { EngineSettings } from "../../engines/engineSettings.ts";
import type { EngineKeys } from "../../engines/ports.ts";
import { keyAdvice } from "../failures/responseFailure.ts";
import type { Credentials } from "../wire.ts";
import { CachedKey, type FetchedKey } from "../../../core/credentials/cachedKey.ts";
import { commandKey } from "./commandKey.ts";
import { entraToken } from "./entraToken.ts";
import { keyIn } from "./keyIn.ts";

const SECRET_MS = 15_000;
const late = Symbol("late");

export interface CredentialsOptions {
  readonly settings: EngineSettings;
  readonly keys: EngineKeys;
  readonly environment: NodeJS.ProcessEnv;
  readonly guard?: ProcessGuard | undefined;
  readonly logger: Logger;
  /** Makes sure that a key is shown nowhere. Called with each key before it is used. */
  readonly hide: (secret: string) => void;
  /** Hides secrets in what a vendor or a command has said. */
  readonly redact: (text: string) => string;
}

/** Creates the way to the key of an engine, as its settings say. */
export function createCredentials(options: CredentialsOptions): Credentials & Disposable {
  const { settings, keys, hide } = options;
  const { id, auth } = settings;
  switch (auth.kind) {
    case "none":
      return { key: () => Promise.resolve(undefined), dispose: () => undefined };
    case "environment":
      return new CachedKey({ read: () => Promise.resolve(environmentKey(auth.variable, options)), hide });
    case "secret": {
      const read = async (): Promise<FetchedKey> => ({ key: await secretOf(options) });
      return new CachedKey({
        read,
        hide,
        onDidChange: (listener) => keys.onDidChange((of) => of === id && listener()),
      });
    }
    case "command": {
      const read = async (signal: AbortSignal): Promise<FetchedKey> => ({
        key: await commandKey(auth.command, { ...options, id, cwd: homedir() }, signal),
        usableMs: auth.refreshMinutes * 60_000,
      });
      return new CachedKey({ read, hide });
    }
    default: {
      const read = async (signal: AbortSignal): Promise<FetchedKey> => {
        const secret = await secretOf(options);
        hide(secret);
        return await entraToken(auth, secret, options, signal);
      };
      return new CachedKey({
        read,
        hide,
        onDidChange: (listener) => keys.onDidChange((of) => of === id && listener()),
      });
    }
  }
}

async function secretOf({ settings, keys }: CredentialsOptions): Promise<string> {
  const { id, auth } = settings;
  const what = auth.kind === "entra" ? "client secret" : "key";
  const secret = await within(keys.read(id), SECRET_MS, late);
  if (secret === late) throw new ModelFailure("unauthorized", `The secret storage does not give the key of '${id}'.`);
  if (secret === undefined || secret.trim() === "") {
    const advice = "Set it with 'Kiro Bridge: Set Key of a Model…'.";
    throw new ModelFailure("unauthorized", `The engine '${id}' has no ${what}. ${advice}`);
  }
  return keyIn(secret, `The ${what} of the engine '${id}'`);
}

function environmentKey(variable: string, { settings, environment }: CredentialsOptions): FetchedKey {
  const value = environment[variable];
  if (value === undefined || value.trim() === "") {
    const sentence = `The engine '${settings.id}' has no key: the variable ${variable} is not set.`;
    throw new ModelFailure("unauthorized", `${sentence} ${keyAdvice(settings.auth)}`);
  }
  return { key: keyIn(value, `The variable ${variable}`) };
}
