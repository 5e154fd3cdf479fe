import { startDeadline } from "../../../base/deadline.ts";
import type { VendorFailures } from "../failures/vendorFailures.ts";
import { watchedBody } from "./watchedBody.ts";

/** Largest event of a stream: the last one of the Responses API repeats the whole answer. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;

export interface FetchLimits {
  readonly maxBytes: number;
  /** Longest time in milliseconds until the head of the response, and between its parts. */
  readonly maxSilenceMs: number;
}

const ended = new WeakSet<Response>();

/** Returns true if the body of a response was read to its end. */
export function hasEnded(response: Response): boolean {
  return ended.has(response);
}

/**
 * Fetches without redirects and within limits, which also apply while the body is read.
 * @throws ModelFailure, also while the body is read; the signal's reason
 */
export async function watchedFetch(
  url: string | URL,
  request: RequestInit,
  { failures, limits }: { readonly failures: VendorFailures; readonly limits: FetchLimits },
  signal: AbortSignal,
): Promise<Response> {
  const { maxBytes, maxSilenceMs } = limits;
  const silence = new AbortController();
  const deadline = startDeadline(maxSilenceMs, () => silence.abort(failures.ofSilence(maxSilenceMs)));
  const response = await responseTo(url, { ...request, signal: AbortSignal.any([signal, silence.signal]) })
    .catch((error: unknown) => {
      throw silence.signal.aborted ? silence.signal.reason : failures.thrown(error, signal);
    })
    .finally(() => void deadline.dispose());
  const { status, statusText, headers, body } = response;
  if (status >= 300 && status < 400) {
    await body?.cancel();
    throw failures.ofResponse({ status, headers, body: undefined });
  }
  if (body === null) return response;
  const isStream = headers.get("content-type")?.includes("event-stream") === true;
  const watched = watchedBody(body, {
    maxBytes,
    maxLineBytes: isStream ? MAX_LINE_BYTES : maxBytes,
    maxSilenceMs,
    tooLarge: () => failures.ofSize(),
    silent: () => failures.ofSilence(maxSilenceMs),
    onEnd: () => ended.add(result),
    broken: (error) => (signal.aborted ? signal.reason : failures.ofCut(error)),
  });
  const result = new Response(watched, { status, statusText, headers });
  return result;
}

/** Does not follow a redirect, which would take the key elsewhere. */
async function responseTo(url: string | URL, request: RequestInit): Promise<Response> {
  return await fetch(url, { ...request, redirect: "manual" });
}
