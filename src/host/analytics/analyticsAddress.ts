/** Returns the address of the setting with a slash at its end, if nobody on the way can read what is sent to it; undefined otherwise. */
export function analyticsAddress(text: string): URL | undefined {
  const url = URL.parse(text.endsWith("/") ? text : `${text}/`);
  const isLoopback = url !== null && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  if (url === null || url.username + url.password !== "") return undefined;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback) ? url : undefined;
}
