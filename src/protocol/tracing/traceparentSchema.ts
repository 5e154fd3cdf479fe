import * as z from "zod";
import { readTraceparent } from "./traceparent.ts";

/** The position of the caller in a trace. */
export const traceparentSchema = z
  .string()
  .max(100)
  .transform((text, context) => {
    const read = readTraceparent(text);
    if (read === undefined) context.addIssue({ code: "custom", message: "is no traceparent" });
    return read ?? z.NEVER;
  });
