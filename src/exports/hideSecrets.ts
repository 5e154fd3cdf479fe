import * as z from "zod";
import { within } from "../base/deadline.ts";
import { jsonIn } from "../base/jsonIn.ts";
import { isSecretName } from "../core/privacy/namedValues.ts";
import type { ExportsPorts } from "./door/exports.ts";
import { headerSecrets } from "./signing/headerSecrets.ts";

/** Time in milliseconds in which the secret storage should answer: the bridge starts behind it. */
const SECRETS_MS = 1000;
/** Fields of secrets whose values are all secret: keys of a webhook, and headers. */
const secretFields: ReadonlySet<string> = new Set(["secrets", "headers"]);

const text = z.string().optional().catch(undefined);
/** Fields of `auth` and `bearer` that name an environment variable with a secret. */
const variables = z
  .object({ variable: text, secretAccessKey: text, sessionToken: text })
  .transform((fields) => Object.values(fields).filter((name) => name !== undefined))
  .catch([]);
const placesSchema = z.object({ auth: variables, bearer: variables }).catch({ auth: [], bearer: [] });

/** A destination: its name, and its settings with their defaults. */
interface SecretOwner {
  readonly name: string;
  readonly settings: unknown;
}

type SecretPorts = Pick<ExportsPorts, "secrets" | "environment" | "redactor">;

/**
 * Hides the secrets of destinations before anything is captured: a run may show one that has not been used yet. Waits for a
 * moment only; secrets that come later are hidden then. Never rejects.
 */
export async function hideSecrets(owners: readonly SecretOwner[], ports: SecretPorts): Promise<void> {
  const { environment, redactor, secrets } = ports;
  const hide = (secret: string | undefined): void => {
    for (const part of partsOf(secret?.trim() ?? "")) redactor.hide(part);
  };
  const reads = owners.map(async ({ name, settings }) => {
    const { auth, bearer } = placesSchema.parse(settings);
    for (const variable of [...auth, ...bearer]) hide(environment[variable]);
    // The destination itself tells that its secret cannot be read.
    hide(await secrets.read(name).catch(() => undefined));
  });
  await within(Promise.all(reads), SECRETS_MS, undefined);
}

/** Returns a secret and what is secret in it: it may be JSON, several keys, or fields of the form `name=value`. */
function partsOf(secret: string): readonly string[] {
  const json = jsonIn(secret);
  if (typeof json === "object" && json !== null) return [secret, ...secretsIn(json, false)];
  const pieces = secret.split(/[\s,;]+/);
  const values = pieces.map((piece) => /^([A-Za-z]+)=(.+)$/.exec(piece)).filter((match) => match !== null);
  return [secret, ...pieces.filter((piece) => !/^[A-Za-z]+=./.test(piece)), ...values.flatMap(valueOf)];
}

function valueOf([, name = "", value = ""]: RegExpExecArray): string[] {
  return isSecretName(name) ? [value] : [];
}

function secretsIn(value: unknown, isSecret: boolean): string[] {
  if (typeof value === "string") return isSecret ? [...headerSecrets(value)] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, field]: [string, unknown]) =>
    secretsIn(field, isSecret || secretFields.has(name) || isSecretName(name)),
  );
}
