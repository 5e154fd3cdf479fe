import type { Destination, Receipt } from "../delivery/destination.ts";
import { answerFailure } from "../http/answerFailure.ts";
import type { IncomingAnswer } from "../http/request.ts";
import type { DestinationPorts } from "../ports.ts";
import type { AuthorizedSend } from "../signing/authorizedSend.ts";
import { functionHook, type FunctionHookOptions } from "./functionHook.ts";

/** In characters of the facts of one call. Each cloud takes some megabytes. */
const MAX_LENGTH = 1024 * 1024;

export type AddressedFunction = FunctionHookOptions["settings"] & {
  readonly url: string;
  readonly timeoutMs: number;
};

/** Creates a destination that calls a function at its address. */
export function functionAtAddress(
  settings: AddressedFunction,
  signed: AuthorizedSend,
  ports: DestinationPorts,
): Destination {
  const url = new URL(settings.url);
  const { timeoutMs } = settings;
  return functionHook({
    settings,
    maxLength: MAX_LENGTH,
    ports,
    call: async ({ headers, body }, signal) => {
      const request = { method: "POST", url, headers, body: Buffer.from(body), timeoutMs } as const;
      return receiptOf(await signed.send(request, signal), url, ports);
    },
    dispose: () => signed.dispose(),
  });
}

/** @throws DeliveryFailure for anything but a success */
function receiptOf(
  answer: IncomingAnswer,
  { host, pathname }: URL,
  { redact, now }: Pick<DestinationPorts, "redact" | "now">,
): Receipt {
  const { status } = answer;
  const place = `The function at ${host}${pathname === "/" ? "" : pathname}`;
  if (status >= 200 && status < 300) return { outcome: "sent", detail: `${place} answered ${status}.` };
  throw answerFailure(answer, { place, redact, now, kind: status === 410 ? "gone" : undefined });
}
