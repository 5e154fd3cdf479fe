import type { LentTools } from "../../../core/commands/turnInput.ts";
import type { Json } from "../../../protocol/values.ts";
import { resultOf } from "./permission.ts";
import type { PermissionRequest, ToolUpdate } from "./wire.ts";

/** The part of a tool call that says which tool it is. */
type NamedCall = Pick<ToolUpdate, "title" | "kind">;

/**
 * Recognizes calls of the tools that a client has lent. Their titles are compared whole with the names that agents give to
 * tools of MCP servers, because the model writes the title of other tools, such as the command of a shell. Those have a
 * kind.
 */
export class LentCalls {
  readonly #names: ReadonlySet<string>;
  /** Prefixes and suffixes that agents add to the name of a tool. */
  readonly #forms: readonly (readonly [prefix: string, suffix: string])[];

  constructor(tools: LentTools | undefined) {
    const server = tools?.serverName ?? "";
    this.#names = new Set(tools?.toolNames);
    this.#forms = [
      [`${server}/`, ""],
      [`mcp__${server}__`, ""],
      [`${server}___`, ""],
      [`@${server}/`, ""],
      ["", ` (${server} MCP Server)`],
    ];
  }

  has({ title, kind }: NamedCall): boolean {
    return title !== undefined && isNeutral(kind) && this.#isName(title);
  }

  /**
   * Returns the permission for a call of a lent tool, which the client asks its own user for; undefined for all others, and
   * if the agent only offers to allow more than this call.
   * @param announced the earlier `tool_call`
   */
  permissionFor({ toolCall, options }: PermissionRequest, announced: ToolUpdate | undefined): Json | undefined {
    // Neither of the two may say that it is something else.
    const titles = [toolCall.title, announced?.title].filter((title) => title !== undefined);
    const isLent = titles.length > 0 && titles.every((title) => this.#isName(title));
    if (!isLent || !isNeutral(toolCall.kind) || !isNeutral(announced?.kind)) return undefined;
    const once = options.find((option) => option.kind === "allow_once");
    return once && resultOf(once);
  }

  #isName(title: string): boolean {
    return this.#forms.some(
      ([prefix, suffix]) =>
        title.startsWith(prefix) &&
        title.endsWith(suffix) &&
        this.#names.has(title.slice(prefix.length, title.length - suffix.length)),
    );
  }
}

function isNeutral(kind: string | undefined): boolean {
  return kind === undefined || kind === "other";
}
