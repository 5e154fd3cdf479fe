import * as z from "zod";

/** `POST /api/kiro/tickets`: a ticket that a browser puts into a URL, where the token must never be. */
export const ticketSchema = z
  .object({
    ticket: z.string().describe("The value for `?ticket=` of one WebSocket or one event stream."),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: "Ticket" });

export type Ticket = z.infer<typeof ticketSchema>;
