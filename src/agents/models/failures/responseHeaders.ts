/** Returns how long a vendor wants to be left alone, in milliseconds; undefined if it does not say. */
export function retryAfterMsOf(headers: Headers): number | undefined {
  const exact = Number.parseFloat(headers.get("retry-after-ms") ?? "");
  if (exact >= 0) return exact;
  const value = headers.get("retry-after") ?? "";
  if (/^\d+(?:\.\d+)?$/.test(value)) return Number(value) * 1000;
  const at = dateIn(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now() - (skewMsOf(headers) ?? 0));
}

/** Returns how far the clock of a server is ahead of this machine's, in milliseconds; undefined if it does not say. */
export function skewMsOf(headers: Headers): number | undefined {
  const at = dateIn(headers.get("date") ?? "");
  return Number.isNaN(at) ? undefined : at - Date.now();
}

/** Reads a date of HTTP. `Date.parse` alone takes numbers for years. */
function dateIn(value: string): number {
  return /^[A-Z][a-z]{2}, /.test(value) ? Date.parse(value) : Number.NaN;
}
