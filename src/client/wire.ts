/** The types of the wire, under their names in the OpenAPI document. */
export type * from "./wireTypes.ts";
export type { Scope as GrantedScope } from "./wireTypes.ts";
