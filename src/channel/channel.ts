import type * as z from "zod";
import { BridgeError, type ErrorBody } from "../protocol/errors.ts";
import { socketReplySchema, socketRequestSchema } from "../protocol/socket.ts";
import { invalid, validate } from "../protocol/validate.ts";

/** The params of each method, by its name. */
type MethodSchemas = Readonly<Record<string, z.ZodType>>;

/** One function for each method, called with params that match its schema. */
export type MethodHandlers<S extends MethodSchemas> = {
  readonly [M in keyof S]: (params: z.infer<S[M]>) => unknown;
};

export interface MethodTable<S extends MethodSchemas = MethodSchemas> {
  readonly schemas: S;
  readonly handlers: MethodHandlers<S>;
}

type ReplyId = z.infer<typeof socketReplySchema>["id"];

/** Exactly one reply belongs to each request. Its `id` is null if the request had none that could be read. */
export type ChannelReply =
  | { readonly id: ReplyId; readonly result: unknown }
  | { readonly id: ReplyId; readonly error: ErrorBody };

export interface ChannelDeps {
  /** The methods that may be called, and no others. */
  readonly methods: ReadonlyMap<string, Method>;
  /** Counts a request against the client's limit. @throws BridgeError RATE_LIMIT_EXCEEDED */
  readonly admit?: () => void;
  /** Converts an error to what the client may know of it. */
  readonly toError: (thrown: unknown) => BridgeError;
  /** Called when a request was rejected or has failed. `method` is a name of the table, or "(none)". */
  readonly onError?: (error: BridgeError, method: string) => void;
}

/** Validates the params of one method, then runs it. */
export type Method = (params: unknown) => unknown;

/** Maximum number of concurrent requests of one client, which is only reached by repetition. */
export const MAX_IN_FLIGHT = 1000;

const idSchema = socketReplySchema.shape.id;

/**
 * Handles the requests `{id, method, params}` of one client over a persistent connection
 * (docs/wire-contract.md#53-websocket). Independent of the connection and the methods: the WebSocket of external
 * clients and the webview of the dashboard each have their own table.
 */
export class Channel {
  readonly #deps: ChannelDeps;
  #inFlight = 0;

  constructor(deps: ChannelDeps) {
    this.#deps = deps;
  }

  /** Handles a request. Never rejects. The work continues if the client disconnects. */
  async handle(request: unknown): Promise<ChannelReply> {
    this.#inFlight++;
    try {
      const { id, method, params } = validate(socketRequestSchema, request);
      this.#deps.admit?.();
      if (this.#inFlight > MAX_IN_FLIGHT)
        throw new BridgeError("RATE_LIMIT_EXCEEDED", "Too many requests are in progress.");
      return { id, result: await this.#find(method)(params) };
    } catch (thrown) {
      const error = this.#deps.toError(thrown);
      this.#deps.onError?.(error, this.#nameOf(request));
      return { id: idOf(request), error: error.toBody() };
    } finally {
      this.#inFlight--;
    }
  }

  #find(name: string): Method {
    const { methods } = this.#deps;
    const method = methods.get(name);
    if (method === undefined) throw invalid("method", "enum", [...methods.keys()].join(" | "), "another name");
    return method;
  }

  /** Returns the name of a method of the table, and hides other names, which may be any text. */
  #nameOf(request: unknown): string {
    const name = property(request, "method");
    return typeof name === "string" && this.#deps.methods.has(name) ? name : "(none)";
  }
}

/**
 * Binds each handler to the schema of its method.
 * @param prepare rejects calls of a method, or changes its params before they are checked
 */
export function bindMethods<S extends MethodSchemas>(
  { schemas, handlers }: MethodTable<S>,
  prepare: (method: keyof S, params: unknown) => unknown = (_method, params) => params,
): ReadonlyMap<string, Method> {
  return new Map(
    Object.entries(schemas).map(([name, schema]) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type of the table binds handler and schema
      const handler = handlers[name] as Method;
      return [name, (params) => handler(validate(schema, prepare(name, params)))];
    }),
  );
}

/** Returns the ID of an otherwise invalid request, or null. */
function idOf(request: unknown): ReplyId {
  return idSchema.safeParse(property(request, "id")).data ?? null;
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
