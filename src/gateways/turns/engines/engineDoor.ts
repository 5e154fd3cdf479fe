import type { IncomingMessage } from "node:http";
import type { EngineDirectory } from "../../../core/models/engineDirectory.ts";
import type { RawCall } from "../../../core/models/modelCall.ts";
import type { TurnSettings } from "../turnSettings.ts";
import type { RequestBody } from "../requestBody.ts";
import { shortened } from "../session/history.ts";
import { createPassToVendor, type PassDeps, type PassToVendor } from "./passToVendor.ts";
import { type SelectedEngine, selectedEngine } from "./selectedEngine.ts";

/** A request in the protocol of its engine. Nobody checks its fields: they are the vendor's. */
export interface PassableBody {
  readonly kind: "pass";
  readonly selected: SelectedEngine;
  readonly body: RequestBody;
  readonly isStream: boolean;
}

/** The way of the protocols to the engines. */
export interface EngineDoor {
  readonly engines: EngineDirectory;
  readonly pass: PassToVendor;
  /** Returns the engine that the model of a body names. */
  select(body: RequestBody): SelectedEngine | undefined;
  /** Returns a request that its engine takes as it is; undefined for one that is for an agent, or must be translated. */
  passable(body: RequestBody, wire: RawCall["wire"]): PassableBody | undefined;
}

export interface EngineDoorDeps extends PassDeps {
  readonly settings: () => Pick<TurnSettings, "gateways.modelAliases">;
}

export function createEngineDoor({ settings, ...deps }: EngineDoorDeps): EngineDoor {
  const select = ({ model }: RequestBody): SelectedEngine | undefined =>
    typeof model === "string" ? selectedEngine(model, settings()["gateways.modelAliases"], deps.engines) : undefined;
  return {
    engines: deps.engines,
    pass: createPassToVendor(deps),
    select,
    passable: (body, wire) => {
      const selected = select(body);
      if (selected?.engine.wire !== wire) return undefined;
      return { kind: "pass", selected, body, isStream: body["stream"] === true };
    },
  };
}

/** Returns those headers of a request that its vendor gets as well. */
export function headersFor({ headers }: IncomingMessage, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])] as const])),
  );
}

/** Returns the text of the last message of the user, for the record of an execution. */
export function shownOf({ messages, input }: RequestBody): string {
  const items: readonly unknown[] = Array.isArray(messages) ? messages : Array.isArray(input) ? input : [input];
  const last = items.findLast((item) => typeof item === "string" || (isObject(item) && item["role"] === "user"));
  return shortened(textIn(isObject(last) ? last["content"] : last));
}

function textIn(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: unknown) => (isObject(part) && typeof part["text"] === "string" ? part["text"] : ""))
    .join("");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
