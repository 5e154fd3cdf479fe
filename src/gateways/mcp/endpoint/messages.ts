import * as z from "zod";

const cancelledSchema = z.object({
  method: z.literal("notifications/cancelled"),
  params: z.object({ requestId: z.union([z.string(), z.number()]) }),
});
const initializeSchema = z.object({ method: z.literal("initialize") });

/** Returns the requests that a body cancels. */
export function cancelledRequests(body: unknown): (string | number)[] {
  return messagesOf(body).flatMap((message) => {
    const { data } = cancelledSchema.safeParse(message);
    return data === undefined ? [] : [data.params.requestId];
  });
}

export function isInitialize(body: unknown): boolean {
  return messagesOf(body).some((message) => initializeSchema.safeParse(message).success);
}

function messagesOf(body: unknown): readonly unknown[] {
  return Array.isArray(body) ? body : [body];
}
