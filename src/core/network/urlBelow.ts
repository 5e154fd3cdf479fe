/** Returns the URL of a path below a base URL, which may end with slashes and have a query. */
export function urlBelow(base: string, ...path: readonly string[]): URL {
  const url = new URL(base);
  const folders = url.pathname.split("/").filter((folder) => folder !== "");
  url.pathname = `/${[...folders, ...path].join("/")}`;
  return url;
}
