import * as z from "zod";
import { jsonIn } from "../../base/jsonIn.ts";
import type { Disposable } from "../../base/disposables.ts";
import { within } from "../../base/deadline.ts";
import { messageOf } from "../../protocol/errors.ts";
import { DeliveryFailure } from "../delivery/destination.ts";
import type { SigningPorts } from "./ports.ts";

const SECRET_MS = 15_000;
const SET_SECRET = "'Kiro Bridge: Set Secret of a Destination…'";
const late = Symbol("late");

/** The name of an environment variable. */
export const variableSchema = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, "the name of a variable");

/** The variable that holds the secret of a destination, if it is not where the host keeps secrets. */
export const secretVariableSchema = variableSchema
  .optional()
  .describe("The environment variable that holds the secret. By default, the secret of the destination is used.");

/** Returns the secret of a destination, and hides it; undefined if it has none. @throws DeliveryFailure `blocked` */
export async function findSecret({ name, secrets, hide, logger }: SigningPorts): Promise<string | undefined> {
  const secret = await within(secrets.read(name), SECRET_MS, late).catch((error: unknown) => {
    logger.warn("The secret of a destination cannot be read", { destination: name, error: messageOf(error) });
    throw blocked(`The secret of the destination '${name}' cannot be read. Set it again with ${SET_SECRET}.`);
  });
  if (secret === late) throw blocked(`The secret storage did not return the secret of the destination '${name}'.`);
  const text = secret?.trim() ?? "";
  if (text === "") return undefined;
  hide(text);
  return text;
}

/**
 * Returns the secret of a destination, and hides it.
 * @param what its name, for sentences
 * @throws DeliveryFailure `blocked` if there is none
 */
export async function destinationSecret(what: string, ports: SigningPorts): Promise<string> {
  const secret = await findSecret(ports);
  if (secret !== undefined) return secret;
  throw blocked(`The destination '${ports.name}' has no ${what}. Set it with ${SET_SECRET}.`);
}

/** A place of a secret: where the host keeps secrets, or an environment variable. */
export interface SecretPlace {
  readonly variable?: string | undefined;
}

/**
 * Returns a secret from the place that the settings name, and hides it.
 * @param what its name, for sentences
 * @throws DeliveryFailure `blocked` if there is none
 */
export async function secretAt({ variable }: SecretPlace, what: string, ports: SigningPorts): Promise<string> {
  return variable === undefined ? await destinationSecret(what, ports) : environmentSecret(variable, what, ports);
}

/**
 * Returns the values of a secret that is JSON.
 * @param what its name, for sentences
 * @param example the form that the user should give it
 * @throws DeliveryFailure `blocked` if it is not of that form. Its message says nothing of the secret
 */
export async function jsonSecret<Values>(
  what: string,
  { schema, example }: { readonly schema: z.ZodType<Values>; readonly example: string },
  ports: SigningPorts,
): Promise<Values> {
  const values = schema.safeParse(jsonIn(await destinationSecret(what, ports)));
  if (values.success) return values.data;
  throw blocked(`The secret of the destination '${ports.name}' is not its ${what} of the form ${example}.`);
}

/** Returns the value of an environment variable, and hides it. @throws DeliveryFailure `blocked` if it is not set */
export function environmentSecret(variable: string, what: string, { name, environment, hide }: SigningPorts): string {
  const value = environment[variable]?.trim() ?? "";
  if (value === "") {
    const advice = "Set it where the editor is started, then restart the editor.";
    throw blocked(`The destination '${name}' has no ${what}: the variable ${variable} is not set. ${advice}`);
  }
  hide(value);
  return value;
}

/** Calls back when the secret of a destination has changed. */
export function onSecretChange({ name, secrets }: SigningPorts, listener: () => void): Disposable {
  return secrets.onDidChange((of) => of === name && listener());
}

function blocked(message: string): DeliveryFailure {
  return new DeliveryFailure("blocked", message);
}
