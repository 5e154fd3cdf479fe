import * as z from "zod";
import { within } from "../../../base/deadline.ts";
import { CachedKey, type FetchedKey, type KeySource } from "../../../core/credentials/cachedKey.ts";
import { usableMs } from "../../../core/credentials/tokenAnswer.ts";
import { DeliveryFailure } from "../../delivery/destination.ts";
import { environmentSecret, jsonSecret, onSecretChange } from "../destinationSecret.ts";
import type { SigningPorts } from "../ports.ts";
import type { ChainIdentity } from "../../awsLibrary.ts";
import type { AwsAuth } from "./awsAuth.ts";
import type { AwsIdentity } from "./signAws.ts";

/** Longer than each connection that the chain makes. */
const CHAIN_MS = 45_000;
/** Credentials of files may be changed by their user. */
const FILE_MS = 5 * 60_000;
const late = Symbol("late");

const keySchema = z.string().trim().min(1).max(8192);
const identitySchema = z.object({
  accessKeyId: keySchema,
  secretAccessKey: keySchema,
  sessionToken: keySchema.optional(),
});
const secretForm = {
  schema: identitySchema,
  example: '{"accessKeyId": "…", "secretAccessKey": "…"}',
};

/** Creates the way to credentials of AWS, as the settings say. Failures are `DeliveryFailure` with what to do. */
export function awsCredentials(auth: AwsAuth, ports: SigningPorts): KeySource<AwsIdentity> {
  const hide = ({ secretAccessKey, sessionToken }: AwsIdentity): void => {
    ports.hide(secretAccessKey);
    if (sessionToken !== undefined) ports.hide(sessionToken);
  };
  const common = { hide, isSame };
  switch (auth.kind) {
    case "secret": {
      const read = async (): Promise<FetchedKey<AwsIdentity>> => ({ key: await jsonSecret("keys", secretForm, ports) });
      return new CachedKey({ ...common, read, onDidChange: (listener) => onSecretChange(ports, listener) });
    }
    case "environment": {
      const key = (): AwsIdentity => ({
        accessKeyId: environmentSecret(auth.accessKeyId, "access key", ports),
        secretAccessKey: environmentSecret(auth.secretAccessKey, "secret key", ports),
        sessionToken: ports.environment[auth.sessionToken]?.trim() || undefined,
      });
      return new CachedKey({ ...common, read: async () => await Promise.resolve({ key: key() }) });
    }
    default: {
      const look = oneAtATime(async () => {
        const { credentialChain } = await import("../../awsLibrary.ts");
        return await credentialChain(auth);
      });
      return new CachedKey({ ...common, read: async () => await chainIdentity(look, ports) });
    }
  }
}

/**
 * Returns a function whose callers wait for the same work while it goes on. The chain cannot be cancelled: the program of a
 * profile that waits for a person would be started again with each attempt.
 */
function oneAtATime<T>(work: () => Promise<T>): () => Promise<T> {
  let going: Promise<T> | undefined;
  return () =>
    (going ??= work().finally(() => {
      going = undefined;
    }));
}

async function chainIdentity(
  look: () => Promise<ChainIdentity>,
  { name, redact, now }: SigningPorts,
): Promise<FetchedKey<AwsIdentity>> {
  const failed = (reason: string): DeliveryFailure =>
    new DeliveryFailure("blocked", `The destination '${name}' has no credentials of AWS. ${reason}`);
  const found = await within(
    look().catch((error: unknown) => failed(sentenceOf(error, redact))),
    CHAIN_MS,
    late,
  );
  if (found === late) throw failed(`There were none within ${CHAIN_MS / 1000} s.`);
  if (found instanceof DeliveryFailure) throw found;
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = found;
  const lifeMs = expiration === undefined ? FILE_MS : expiration.getTime() - now();
  return {
    key: { accessKeyId, secretAccessKey, sessionToken },
    usableMs: usableMs(lifeMs),
  };
}

function sentenceOf(error: unknown, redact: (text: string) => string): string {
  // Before the text is cut: a part of a secret is not recognized.
  const message = redact(error instanceof Error ? error.message : String(error));
  return `The chain says: “${message.slice(0, 500).replaceAll(/\s+/g, " ").trim()}”`;
}

function isSame(a: AwsIdentity, b: AwsIdentity): boolean {
  return (
    a.accessKeyId === b.accessKeyId && a.secretAccessKey === b.secretAccessKey && a.sessionToken === b.sessionToken
  );
}
