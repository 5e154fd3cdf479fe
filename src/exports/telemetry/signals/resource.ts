import type { Attributes, Resource, Scope, Time } from "./payload.ts";

/** The version of the semantic conventions of generative AI that names and values follow. They are in development. */
const GEN_AI_SCHEMA_URL = "https://opentelemetry.io/schemas/gen-ai/1.42.0";

export interface ResourceOptions {
  readonly version: string;
  readonly windowId: string;
  /** By the environment: they win over our own. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Describes this window, without the name of its machine or of its user. */
export function resourceOf({ version, windowId, attributes }: ResourceOptions): Resource {
  return plainResource({
    "service.name": "kiro-bridge",
    "service.version": version,
    "service.instance.id": windowId,
    ...attributes,
  });
}

/** Returns the same resource of another window, whose runs this one has taken over. */
export function resourceOfWindow(resource: Resource, windowId: string): Resource {
  return plainResource({ ...resource.attributes, "service.instance.id": windowId });
}

export function scopeOf(version: string): Scope {
  return { name: "kiro-bridge", version, schemaUrl: GEN_AI_SCHEMA_URL };
}

/** @param ms milliseconds of the Unix epoch */
export function timeOf(ms: number): Time {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}

/** Removes attributes without a value. */
export function definedAttributes(
  attributes: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>,
): Attributes {
  const defined: Attributes = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    defined[name] = typeof value === "object" ? [...value] : value;
  }
  return defined;
}

function plainResource(attributes: Attributes): Resource {
  return {
    attributes,
    merge: (other) => plainResource({ ...attributes, ...other?.attributes }),
    getRawAttributes: () => Object.entries(attributes),
  };
}
