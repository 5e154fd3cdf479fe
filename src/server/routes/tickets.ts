import * as z from "zod";
import type { Router } from "express";
import { validate } from "../../protocol/validate.ts";
import { sendJson } from "../answers.ts";
import { readJson } from "../jsonBody.ts";
import { addResource } from "../resource.ts";
import type { Tickets } from "../tickets.ts";

const noBodySchema = z.strictObject({}).optional();

/** `POST /api/kiro/tickets`: a stand-in for the token, for one upgrade or one event stream within 30 s. */
export function addTickets(router: Router, tickets: Pick<Tickets, "issue">, maxBodyBytes: number): void {
  addResource(router, "/api/kiro/tickets", {
    post: async (request, response) => {
      validate(noBodySchema, await readJson(request, maxBodyBytes));
      sendJson(response, 200, tickets.issue());
    },
  });
}
