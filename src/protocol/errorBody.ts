import * as z from "zod";
import { errorCodes } from "./errors.ts";

/** The schema of `ErrorBody`, for the OpenAPI document and for clients that validate responses. */
export const errorBodySchema = z
  .object({
    code: z.enum(errorCodes).describe("Identifies the error, for programs."),
    message: z.string().describe("Describes the error and what to do, for people."),
    recoverable: z.boolean().describe("Whether the same request may succeed later."),
    timestamp: z.iso.datetime(),
    executionId: z.string().optional(),
    context: z.record(z.string(), z.unknown()).optional().describe("Details, depending on the code."),
  })
  .meta({ id: "ErrorBody" });
