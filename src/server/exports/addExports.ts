import type { IncomingMessage } from "node:http";
import type { Request, Response, Router } from "express";
import { startDeadline } from "../../base/deadline.ts";
import { DisposableStore } from "../../base/disposables.ts";
import type { AuditSink, ExportsControlled } from "../../core/access/audit.ts";
import type { ExportControl, ExportOverview } from "../../core/exportControl.ts";
import type { ClientKind } from "../../protocol/clients.ts";
import { BridgeError } from "../../protocol/errors.ts";
import {
  deadLetterQuerySchema,
  destinationListSchema,
  type DestinationTest,
} from "../../protocol/exports/destinations.ts";
import { validate } from "../../protocol/validate.ts";
import { placeQuerySchema } from "../../protocol/windows/place.ts";
import type { ClientRegistry } from "../clients.ts";
import { activePrincipalOf, callerOf } from "../guards/principals.ts";
import { type Answer, sendJson, sendLargeJson } from "../http/answers.ts";
import { addResource, guarded } from "../http/resource.ts";
import { partsOf } from "../windows/askAll.ts";
import type { Placement } from "../windows/placement.ts";

const PATH = "/kiro/exports";
/** Timeout of a test in milliseconds. */
const TEST_MS = 60_000;

export interface ExportsDeps {
  readonly exports: ExportControl;
  readonly placement: Placement;
  readonly clients: Pick<ClientRegistry, "connect">;
  readonly audit: AuditSink;
}

/** The destinations of exports (docs/wire-contract.md#411-exports). They are set in the settings of the user alone. */
export function addExports(router: Router, deps: ExportsDeps): void {
  const { exports: control, placement, audit } = deps;
  /** Does what a request asks of a destination, and notes it: also if the access of its caller has ended meanwhile. */
  const perform = async <T>(
    kind: ExportsControlled["kind"],
    request: Request<Record<string, string>>,
    work: (name: string) => Promise<T>,
  ): Promise<T> => {
    const [by, name] = [callerOf(request), nameIn(request)];
    const result = await work(name);
    audit.note({ kind, by, name });
    activePrincipalOf(request);
    return result;
  };
  addResource(router, PATH, {
    get: guarded("access:manage", async (request, response) => {
      const destination = await placement.ofQuery(request, validate(placeQuerySchema, request.query));
      if (destination?.kind === "window") return placement.forward(request, response, destination.window);
      const isForAll = destination === undefined;
      await sendLargeJson(response, 200, isForAll ? await listAll(request, deps) : control.list());
    }),
  });
  addResource(router, `${PATH}/:name/test`, {
    post: guarded("access:manage", async (request, response) => {
      // A connection, which ends with the token, in both windows.
      if (await isElsewhere(request, response, placement, "http")) return;
      const test = (name: string): Promise<DestinationTest> => testOf(name, request, response, deps);
      sendJson(response, 200, await perform("export-tested", request, test));
    }),
  });
  addResource(router, `${PATH}/:name/replay`, {
    post: guarded("access:manage", async (request, response) => {
      if (await isElsewhere(request, response, placement)) return;
      const replayed = await perform("export-replayed", request, (name) => control.replay(name));
      sendJson(response, 200, { replayed });
    }),
  });
  addResource(router, `${PATH}/:name/dead-letters`, {
    get: guarded("access:manage", async (request, response) => {
      const { limit, ...place } = validate(deadLetterQuerySchema, request.query);
      const destination = await placement.destinationOf(request, place);
      if (destination.kind === "window") return placement.forward(request, response, destination.window);
      await sendLargeJson(response, 200, await control.deadLetters(nameIn(request), limit));
    }),
    delete: guarded("access:manage", async (request, response) => {
      if (await isElsewhere(request, response, placement)) return;
      const removed = await perform("dead-letters-removed", request, (name) => control.removeDeadLetters(name));
      sendJson(response, 200, { removed });
    }),
  });
}

function nameIn(request: Request<Record<string, string>>): string {
  return request.params["name"] ?? "";
}

/** Sends a request that is for another window there. @returns true if it was */
async function isElsewhere(
  request: Request,
  response: Answer,
  placement: Placement,
  connection?: ClientKind,
): Promise<boolean> {
  const destination = await placement.destinationOf(request, validate(placeQuerySchema, request.query));
  if (destination.kind !== "window") return false;
  await placement.forward(request, response, destination.window, { connection });
  return true;
}

async function listAll(
  request: IncomingMessage,
  { exports: control, placement }: Pick<ExportsDeps, "exports" | "placement">,
): Promise<ExportOverview & { readonly missingWindows?: readonly string[] }> {
  const own = control.list();
  const call = { path: PATH, caller: callerOf(request) };
  const { parts, missing } = await partsOf(placement.othersFor(request), call, destinationListSchema);
  const lists = [own, ...parts.map(({ part }) => part)];
  return {
    destinations: lists.flatMap(({ destinations }) => destinations),
    // The windows have the same settings.
    problems: [...new Set(lists.flatMap(({ problems }) => problems))],
    ...(missing.length > 0 && { missingWindows: missing }),
  };
}

/** Tests a destination until the client disconnects. */
async function testOf(
  name: string,
  request: Request,
  response: Response,
  { exports: control, clients }: Pick<ExportsDeps, "exports" | "clients">,
): Promise<DestinationTest> {
  const ended = new AbortController();
  const store = new DisposableStore();
  store.add(clients.connect("http", request, (why) => ended.abort(why)));
  const onTime = (): void => ended.abort(new BridgeError("OPERATION_TIMEOUT", "The destination has not answered."));
  store.add(startDeadline(TEST_MS, onTime));
  const leave = (): void => ended.abort();
  response.once("close", leave);
  store.defer(() => void response.off("close", leave));
  try {
    return await control.test(name, ended.signal);
  } finally {
    await store.dispose();
  }
}
