import { BridgeError } from "../../protocol/errors.ts";
import { type JsonSchema, problemOfSchema, problemOfValue } from "../../protocol/schemas/jsonSchema.ts";
import type { Untyped } from "../bus/message.ts";
import { RpcError } from "./rpcError.ts";

/** A schema of zod, valibot, arktype or another library that follows Standard Schema (https://standardschema.dev). */
export interface StandardSchema {
  readonly "~standard": {
    readonly validate: (value: unknown) => StandardResult | Promise<StandardResult>;
  };
}

type StandardResult = { readonly value: unknown; readonly issues?: undefined } | { readonly issues: readonly Issue[] };

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The schema of a method's parameters. */
export type ParamsSchema = StandardSchema | JsonSchema;

/** Checks parameters, and returns them as the schema has converted them. @throws RpcError VALIDATION_FAILED */
export type ParamsCheck = (params: unknown) => Untyped;

const MAX_ISSUES = 10;

/** Prepares the check. @throws BridgeError VALIDATION_FAILED for a JSON Schema that cannot be used */
export function paramsCheckOf(schema: ParamsSchema): ParamsCheck {
  return isStandard(schema) ? standardCheckOf(schema) : jsonCheckOf(schema);
}

function isStandard(schema: ParamsSchema): schema is StandardSchema {
  return "~standard" in schema;
}

function standardCheckOf(schema: StandardSchema): ParamsCheck {
  return async (params) => {
    const result = await schema["~standard"].validate(params);
    if (result.issues === undefined) return result.value;
    throw invalidParams(result.issues.slice(0, MAX_ISSUES).map(describe));
  };
}

function jsonCheckOf(schema: JsonSchema): ParamsCheck {
  const unusable = problemOfSchema(schema);
  if (unusable !== undefined) throw new BridgeError("VALIDATION_FAILED", `The schema cannot be used: ${unusable}`);
  return (params) => {
    const problem = problemOfValue(schema, params);
    if (problem !== undefined) throw invalidParams([{ path: "", message: problem }]);
    return params;
  };
}

function describe({ message, path = [] }: Issue): { path: string; message: string } {
  return { path: path.map((step) => String(typeof step === "object" ? step.key : step)).join("."), message };
}

function invalidParams(issues: readonly { path: string; message: string }[]): RpcError {
  const problems = issues.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  return new RpcError("VALIDATION_FAILED", `The parameters are not valid: ${problems.join("; ")}`, { issues });
}
