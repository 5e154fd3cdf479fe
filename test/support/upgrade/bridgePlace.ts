const DEADLINE_MS = 120_000;

/** The address of a bridge, and the token of a program that calls it. */
export interface BridgePlace {
  readonly url: string;
  readonly token: string;
}

export interface PlainAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON. */
  readonly json: unknown;
}

/**
 * Calls a bridge of any version: responses are not compared with the documents of this one.
 * @param body sent by POST; a text as a form
 */
export async function callPlace(
  { url, token }: BridgePlace,
  path: string,
  body?: object | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<PlainAnswer> {
  const contentType = typeof body === "string" ? "application/x-www-form-urlencoded" : "application/json";
  const response = await fetch(`${url}${path}`, {
    redirect: "manual",
    headers: { ...(token !== "" && { authorization: `Bearer ${token}` }), "content-type": contentType, ...headers },
    ...(body !== undefined && { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    get json() {
      return JSON.parse(text) as unknown;
    },
  };
}
