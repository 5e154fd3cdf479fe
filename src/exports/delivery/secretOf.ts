import type { DestinationPorts } from "../ports.ts";
import { DeliveryFailure } from "./destination.ts";

/** Reads the secret of a destination, which from then on is shown nowhere. @throws DeliveryFailure `blocked` if there is none */
export async function secretOf({ name, secrets, hide }: DestinationPorts): Promise<string> {
  const secret = (await secrets.read(name))?.trim();
  if (secret === undefined || secret === "")
    throw new DeliveryFailure(
      "blocked",
      `The destination '${name}' has no secret. Set it with 'Kiro Bridge: Set Secret of a Destination…'.`,
    );
  hide(secret);
  return secret;
}
