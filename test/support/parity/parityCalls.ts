import type { ParityHost } from "./parityHost.ts";

/** One call of a suite that all hosts must answer alike. */
export interface ParityStep {
  readonly name: string;
  /** Returns what must be the same in all hosts. */
  readonly make: (host: ParityHost) => Promise<unknown>;
  readonly expected: unknown;
}

export interface CallOptions {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the owner's. `null` for none. */
  readonly token?: string | null;
}

export interface ParityAnswer {
  readonly status: number;
  // A body is whatever the step looks for in it.
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly headers: Headers;
}

/** Calls a host over HTTP. */
export async function call(host: ParityHost, path: string, options: CallOptions = {}): Promise<ParityAnswer> {
  const { body, token = host.token, headers = {}, method = body === undefined ? "GET" : "POST" } = options;
  const response = await fetch(new URL(path, host.url), {
    method,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: recordIn(text), text, headers: response.headers };
}

/** Returns the object that a text of JSON has, or an empty one. */
function recordIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Returns the status and the named fields of the body. */
export async function fields(
  answer: ParityAnswer | Promise<ParityAnswer>,
  ...names: readonly string[]
): Promise<Record<string, unknown>> {
  const { status, body } = await answer;
  return { status, ...Object.fromEntries(names.map((name) => [name, body[name]])) };
}

/** Returns a property by its path in JSON, such as `choices.0.message`. */
export function at(value: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((each, key) => (Object(each) === each ? Reflect.get(Object(each), key) : undefined), value);
}
