import { BridgeError, isBridgeError } from "../../protocol/errors.ts";

/**
 * Returns an error about a field of a turn as one about the field of a request that it was read from.
 * @param fields the fields of the request, by those of the turn
 */
export function withFieldOf(fields: Readonly<Record<string, string>>, error: unknown): unknown {
  if (!isBridgeError(error)) return error;
  const { context } = error;
  const name = String(context?.["field"]);
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field === undefined) return error;
  const message = error.message.startsWith(`${name}:`) ? field + error.message.slice(name.length) : error.message;
  return new BridgeError(error.code, message, { ...context, field });
}
