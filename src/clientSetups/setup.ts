import type { ScopeName } from "../protocol/access.ts";
import type { Json } from "../protocol/values.ts";

/** The name of the bridge in the files of clients. */
export const SERVER_NAME = "kiro-bridge";
/** The environment variable with the token, as the command line has it. */
export const TOKEN_VARIABLE = "KIRO_BRIDGE_TOKEN";
/** The model that every client can name: the default of Kiro. */
export const MODEL = "kiro";

/** For MCP: what the tools need. Nothing that answers in place of the user. */
export const mcpScopes: readonly ScopeName[] = ["status:read", "commands:run", "agents:prompt"];
/** For the OpenAI and Anthropic gateways. */
export const modelScopes: readonly ScopeName[] = ["agents:prompt"];

/** The values that a snippet has for one bridge. */
export interface SetupPlace {
  /** Base URL of the bridge, without a trailing slash. */
  readonly url: string;
  /** The token, or the client's own way to read it from the environment. */
  readonly token: string;
}

/** A value at a path of keys. Objects are merged with what is there; a list stays as the user has it. */
export interface Entry {
  readonly path: readonly string[];
  readonly value: { readonly [key: string]: Json };
  /** An item of a list elsewhere in the file, which the value refers to by its ID. */
  readonly item?: {
    readonly list: string;
    readonly value: { readonly id: string; readonly [key: string]: Json };
  };
}

interface CommonWay {
  /** `mcp`: the client uses the tools of the bridge. `model`: the client has Kiro as its model. */
  readonly kind: "mcp" | "model";
}

/** An entry in a file of the client. */
export interface FileWay extends CommonWay {
  readonly format: "json" | "toml";
  /** Relative to the home folder after `~/`, else to the project's folder. */
  readonly file: string;
  /** The client's reference to the variable with the token; undefined if its files have none. */
  readonly variable?: string;
  readonly entry: (place: SetupPlace) => Entry;
}

/** A whole file of the client, which has nothing else. */
export interface OwnFileWay extends CommonWay {
  readonly format: "yaml";
  readonly file: string;
  readonly variable?: string;
  readonly text: (place: SetupPlace) => string;
}

/** Lines for a shell or for a program, which are not written anywhere. */
interface TextWay extends CommonWay {
  readonly format: "sh" | "js" | "py";
  readonly text: (place: Pick<SetupPlace, "url">) => string;
}

export type SetupWay = FileWay | OwnFileWay | TextWay;

/** A client that people have, and how it is connected to the bridge. */
export interface ClientSetup {
  /** In commands and in the names of pages. */
  readonly id: string;
  /** For people, and the name of its token. */
  readonly name: string;
  /** Names of programs on the PATH, and folders relative to the home folder, that show that it is installed. */
  readonly signs: { readonly programs: readonly string[]; readonly folders: readonly string[] };
  /** The least that it needs. */
  readonly scopes: readonly ScopeName[];
  readonly ways: readonly SetupWay[];
  /** The next steps of the user, in sentences. */
  readonly next: string;
}

/** Returns the header that every MCP client sends. */
export function bearer(token: string): { readonly Authorization: string } {
  return { Authorization: `Bearer ${token}` };
}

export function isFileWay(way: SetupWay): way is FileWay | OwnFileWay {
  return "file" in way;
}
