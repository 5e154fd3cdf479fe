import * as z from "zod";
import type { Router } from "express";
import { validate } from "../../protocol/validate.ts";
import { sendJson } from "../http/answers.ts";
import { principalOf } from "../guards/principals.ts";
import { readJson } from "../http/jsonBody.ts";
import { addResource, guarded } from "../http/resource.ts";
import type { Tickets } from "../guards/tickets.ts";

const noBodySchema = z.strictObject({}).optional();

/** `POST /api/kiro/tickets`: issues a ticket that replaces the token for one upgrade or event stream within 30 s. */
export function addTickets(router: Router, tickets: Pick<Tickets, "issue">, maxBodyBytes: number): void {
  addResource(router, "/api/kiro/tickets", {
    post: guarded("any", async (request, response) => {
      validate(noBodySchema, await readJson(request, maxBodyBytes));
      sendJson(response, 200, tickets.issue(principalOf(request)));
    }),
  });
}
