import { readFile } from "node:fs/promises";
import type { TlsOptions } from "@nats-io/nats-core";

/** Paths of PEM files; empty ones are not used. */
export interface TlsFiles {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Reads the files: for each connection, since certificates are renewed. Undefined if the server decides about TLS. */
export async function tlsOf(servers: readonly string[], files: TlsFiles): Promise<TlsOptions | undefined> {
  const { caFile, certFile, keyFile } = files;
  const isWanted = servers.some((server) => server.startsWith("tls:")) || caFile !== "" || certFile !== "";
  if (!isWanted) return undefined;
  const read = async (path: string) => (path === "" ? undefined : await readFile(path, "utf8"));
  const [ca, cert, key] = [await read(caFile), await read(certFile), await read(keyFile)];
  return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
}
