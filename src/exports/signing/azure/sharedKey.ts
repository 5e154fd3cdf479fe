import { createHmac } from "node:crypto";
import type { OutgoingRequest } from "../../http/request.ts";

/** A storage account, with its key in base64. */
export interface StorageAccount {
  readonly account: string;
  readonly key: string;
}

/** Headers that are signed by their place, without their names. */
const places = [
  "content-encoding",
  "content-language",
  "content-length",
  "content-md5",
  "content-type",
  "date",
  "if-modified-since",
  "if-match",
  "if-none-match",
  "if-unmodified-since",
  "range",
];

/**
 * Signs a request by Shared Key, as the documents of Azure Storage say for Blob, version 2015-02-21 and later.
 * @param at milliseconds of the Unix epoch
 */
export function signSharedKey(request: OutgoingRequest, { account, key }: StorageAccount, at: number): OutgoingRequest {
  const headers = lowerCase({ ...request.headers, "x-ms-date": new Date(at).toUTCString() });
  const length = request.body?.byteLength ?? 0;
  const signed: Record<string, string> = { ...headers, "content-length": length === 0 ? "" : String(length) };
  const text = [
    request.method,
    ...places.map((name) => signed[name] ?? ""),
    ...canonicalHeaders(headers),
    `/${account}${request.url.pathname}`,
    ...canonicalQuery(request.url),
  ].join("\n");
  const signature = createHmac("sha256", Buffer.from(key, "base64")).update(text).digest("base64");
  return { ...request, headers: { ...headers, authorization: `SharedKey ${account}:${signature}` } };
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function canonicalHeaders(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(headers)
    .filter((name) => name.startsWith("x-ms-"))
    .toSorted()
    .map((name) => `${name}:${headers[name]?.trim().replaceAll(/\s+/g, " ")}`);
}

function canonicalQuery({ searchParams }: URL): readonly string[] {
  const values = Map.groupBy(searchParams, ([name]) => name.toLowerCase());
  return [...values.keys()].toSorted().map(
    (name) =>
      `${name}:${(values.get(name) ?? [])
        .map(([, value]) => value)
        .toSorted()
        .join(",")}`,
  );
}
