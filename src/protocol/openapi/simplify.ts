/** Removes noise, and constraints that would make generated clients reject fields of later versions. */
export function simplify(schema: Record<string, unknown>, io: "input" | "output"): void {
  if (io === "output" && schema["additionalProperties"] === false) delete schema["additionalProperties"];
  if (schema["format"] === "date-time") delete schema["pattern"];
  if (schema["minimum"] === Number.MIN_SAFE_INTEGER) delete schema["minimum"];
  if (schema["maximum"] === Number.MAX_SAFE_INTEGER) delete schema["maximum"];
}
