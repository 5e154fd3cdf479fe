import { at, call, fields, type ParityStep } from "../../support/parity/parityCalls.ts";
import type { ParityHost } from "../../support/parity/parityHost.ts";

interface Asked {
  /** The secret part of the address at which the program waits. */
  readonly location: string;
  readonly code: unknown;
}

/** Asks to be let in. */
async function ask(host: ParityHost, role: string): Promise<Asked> {
  const { headers, body } = await call(host, "/api/kiro/pair", { body: { name: "Parity", role }, token: null });
  return { location: String(headers.get("location")), code: body["code"] };
}

/** Decides about the request with this code. */
async function decide(host: ParityHost, { code }: Asked, decision: string): Promise<number> {
  const { body } = await call(host, "/api/kiro/access/requests");
  const requests = at(body, "requests");
  const found: unknown = Array.isArray(requests) ? requests.find((request) => at(request, "code") === code) : undefined;
  const path = `/api/kiro/access/requests/${String(at(found, "id"))}`;
  return (await call(host, path, { body: { decision } })).status;
}

/** Access: pairing, scopes, revocation, and what is recorded of it. */
export const accessSteps: readonly ParityStep[] = [
  {
    name: "lets a program in after its approval, with the scopes of its role, until it is revoked",
    make: async (host) => {
      const asked = await ask(host, "viewer");
      const decided = await decide(host, asked, "allow");
      const { body } = await call(host, asked.location, { token: null });
      const token = String(body["token"]);
      const may = await call(host, "/api/kiro/status", { token });
      const mayNot = await call(host, "/api/kiro/execute", { token, body: { command: "kiro.cli.chat", args: ["Hi"] } });
      const path = `/api/kiro/access/clients/${String(at(body, "client.id"))}`;
      const revoked = await call(host, path, { method: "DELETE" });
      const after = await call(host, "/api/kiro/status", { token });
      return {
        decided,
        may: may.status,
        mayNot: [mayNot.status, at(mayNot.body, "context.scope")],
        revoked: revoked.status,
        after: after.status,
      };
    },
    expected: { decided: 200, may: 200, mayNot: [403, "commands:run"], revoked: 200, after: 401 },
  },
  {
    name: "tells a program that it was denied",
    make: async (host) => {
      const asked = await ask(host, "operator");
      const decided = await decide(host, asked, "deny");
      return { decided, ...(await fields(call(host, asked.location, { token: null }), "code")) };
    },
    expected: { decided: 200, status: 403, code: "ACCESS_DENIED" },
  },
  {
    name: "makes a client with rules of its own",
    make: async (host) => {
      const body = { name: "Limited", role: "ci", commands: { allow: ["kiro.cli.agents"] } };
      const { body: made, status } = await call(host, "/api/kiro/access/clients", { body });
      const token = String(made["token"]);
      const answer = await call(host, "/api/kiro/execute", { token, body: { command: "kiro.cli.chat", args: ["Hi"] } });
      await call(host, `/api/kiro/access/clients/${String(at(made, "client.id"))}`, { method: "DELETE" });
      return { status, refused: answer.status, code: answer.body["code"] };
    },
    expected: { status: 201, refused: 403, code: "ACCESS_DENIED" },
  },
  {
    name: "is the owner's for the token of the discovery file",
    make: (host) => fields(call(host, "/api/kiro/access/me"), "kind"),
    expected: { status: 200, kind: "owner" },
  },
  {
    name: "records what happened",
    make: async (host) => {
      const { text } = await call(host, "/api/kiro/access/audit?limit=200");
      return ["client-created", "client-revoked"].map((type) => text.includes(`"${type}"`));
    },
    expected: [true, true],
  },
];
