/** The headers of a response. */
type Headed = Pick<Headers, "get">;

/** Returns how long a server wants to be left alone, in milliseconds; undefined if it does not say. */
export function retryAfterMsOf(headers: Headed, now = Date.now()): number | undefined {
  const exact = Number.parseFloat(headers.get("retry-after-ms") ?? headers.get("x-ms-retry-after-ms") ?? "");
  if (exact >= 0) return exact;
  const value = headers.get("retry-after") ?? "";
  if (/^\d+(?:\.\d+)?$/.test(value)) return Number(value) * 1000;
  const at = dateIn(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now - (skewMsOf(headers, now) ?? 0));
}

/** Returns how far the clock of a server is ahead of this machine's, in milliseconds; undefined if it does not say. */
export function skewMsOf(headers: Headed, now = Date.now()): number | undefined {
  const at = dateIn(headers.get("date") ?? "");
  return Number.isNaN(at) ? undefined : at - now;
}

/** Reads a date of HTTP. `Date.parse` alone takes numbers for years. */
function dateIn(value: string): number {
  return /^[A-Z][a-z]{2}, /.test(value) ? Date.parse(value) : Number.NaN;
}
