const MAX_CAUSES = 8;

/** Problem of a connection. The sentence is for people. */
export interface NetworkProblem {
  /** `clock` and `tls` are problems of a certificate or of the whole way, which time alone does not mend. */
  readonly kind: "unreachable" | "silent" | "protocol" | "clock" | "tls";
  readonly sentence: string;
}

/** The meaning of the codes of Node, each in a sentence about a host. */
const codes: Readonly<Record<string, readonly [NetworkProblem["kind"], (host: string) => string]>> = {
  ENOTFOUND: ["unreachable", (host) => `The name '${host}' does not exist, or this machine has no network.`],
  EAI_AGAIN: [
    "unreachable",
    (host) => `The name '${host}' cannot be looked up: this machine has no network, or no DNS.`,
  ],
  ECONNREFUSED: ["unreachable", (host) => `Nothing listens at ${host}. Is the server running?`],
  ECONNRESET: ["unreachable", (host) => `${host} has closed the connection.`],
  EPIPE: ["unreachable", (host) => `${host} has closed the connection.`],
  UND_ERR_SOCKET: ["unreachable", (host) => `${host} has closed the connection.`],
  ENETUNREACH: ["unreachable", (host) => `There is no route to ${host}. Is this machine offline?`],
  EHOSTUNREACH: ["unreachable", (host) => `There is no route to ${host}. Is this machine offline?`],
  ENETDOWN: ["unreachable", (host) => `There is no route to ${host}. Is this machine offline?`],
  ETIMEDOUT: [
    "unreachable",
    (host) => `${host} did not accept a connection in time. Is a firewall or a proxy in between?`,
  ],
  UND_ERR_CONNECT_TIMEOUT: [
    "unreachable",
    (host) => `${host} did not accept a connection in time. Is a firewall or a proxy in between?`,
  ],
  UND_ERR_HEADERS_TIMEOUT: ["silent", (host) => `${host} did not answer in time.`],
  UND_ERR_BODY_TIMEOUT: ["silent", (host) => `${host} stopped answering.`],
  UND_ERR_HEADERS_OVERFLOW: ["protocol", (host) => `The headers of the response of ${host} are too large.`],
  HPE_HEADER_OVERFLOW: ["protocol", (host) => `The headers of the response of ${host} are too large.`],
  HPE_INVALID_CONSTANT: ["protocol", (host) => `${host} does not answer as a server of HTTP does.`],
  CERT_NOT_YET_VALID: [
    "clock",
    (host) => `The certificate of ${host} is not valid yet: the clock of this machine is behind.`,
  ],
  CERT_HAS_EXPIRED: ["tls", (host) => `The certificate of ${host} has expired, or the clock of this machine is ahead.`],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["tls", selfSigned],
  SELF_SIGNED_CERT_IN_CHAIN: ["tls", selfSigned],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ["tls", unknownAuthority],
  UNABLE_TO_GET_ISSUER_CERT: ["tls", unknownAuthority],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ["tls", unknownAuthority],
  CERT_REVOKED: ["tls", (host) => `The certificate of ${host} was revoked.`],
  ERR_TLS_CERT_ALTNAME_INVALID: ["tls", (host) => `The certificate of ${host} is for another name.`],
  EPROTO: ["tls", noTls],
  ERR_SSL_WRONG_VERSION_NUMBER: ["tls", noTls],
  ERR_SSL_PACKET_LENGTH_TOO_LONG: ["tls", noTls],
};

const TRUST = "Have Node.js trust its authority (NODE_EXTRA_CA_CERTS), and start the editor again.";

/**
 * Returns the problem of a connection, by the code of Node or undici anywhere in the causes of an error; undefined if there
 * is none.
 * @param host for its sentence; may have a port
 */
export function networkProblem(error: unknown, host: string): NetworkProblem | undefined {
  for (const cause of causesOf(error)) {
    const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
    const known = codes[code] ?? codes[familyOf(code)];
    if (known !== undefined) return { kind: known[0], sentence: known[1](host) };
  }
  return undefined;
}

/** Returns the code in the table for an error of TLS or HTTP. */
function familyOf(code: string): string {
  if (code.startsWith("ERR_SSL_")) return "EPROTO";
  return code.startsWith("HPE_") ? "HPE_INVALID_CONSTANT" : "";
}

/** Returns an error and its causes, the outermost first; also those of an error of several attempts to connect. */
export function causesOf(error: unknown): readonly object[] {
  const causes: object[] = [];
  let next: unknown = error;
  while (typeof next === "object" && next !== null && causes.length < MAX_CAUSES) {
    causes.push(next);
    if (next instanceof AggregateError) next = next.errors[0];
    else next = "cause" in next ? next.cause : undefined;
  }
  return causes;
}

function selfSigned(host: string): string {
  return `The certificate of ${host} is self-signed. ${TRUST}`;
}

function unknownAuthority(host: string): string {
  return `The certificate of ${host} is from an unknown authority, such as that of a company's proxy. ${TRUST}`;
}

function noTls(host: string): string {
  return `A secure connection to ${host} is not possible. Is it a server without TLS ('http:')?`;
}
