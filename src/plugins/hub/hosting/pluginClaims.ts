import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import type { AccessStorage } from "../../../access/accessFile.ts";
import type { Disposable } from "../../../base/disposables.ts";
import { Emitter } from "../../../base/events.ts";
import type { Logger } from "../../../base/logger.ts";
import { identify, isLiving, processSpace } from "../../../core/processes.ts";
import { messageOf } from "../../../protocol/errors.ts";

const claimSchema = z.looseObject({
  name: z.string(),
  folder: z.string(),
  windowId: z.string(),
  pid: z.int().min(1),
  started: z.string().optional(),
  machine: z.string(),
  /** The access of its process, to revoke if the window crashes. */
  clientId: z.string().optional(),
});
const fileSchema = z.looseObject({ claims: z.array(claimSchema) });

type Claim = z.infer<typeof claimSchema>;

/** The window that has a name, and the folder for which it has it. */
export type ClaimHolder = Pick<Claim, "windowId" | "folder">;

export interface PluginClaimsDeps {
  /** The text that all windows of this user share. */
  readonly storage: AccessStorage;
  readonly windowId: string;
  /** Ends the access of a plugin whose window has crashed. */
  readonly revoke: (clientId: string) => Promise<unknown>;
  readonly logger: Logger;
}

/**
 * The names of the plugins that windows of this user have, so that each plugin runs once, whatever window owns the address.
 * A claim ends with its window: others drop it when the process no longer exists.
 */
export class PluginClaims implements Disposable {
  readonly #deps: PluginClaimsDeps;
  readonly #own = new Set<string>();
  readonly #changed = new Emitter<void>();
  /** Fires when another window may have given up a name, and at the latest 5 s after it has crashed. */
  readonly onDidChange = this.#changed.event;
  readonly #watch: Disposable;
  #stamp: string | undefined;

  constructor(deps: PluginClaimsDeps) {
    this.#deps = deps;
    this.#watch = deps.storage.watch(() => this.#look());
  }

  /** Claims a name. @returns undefined if this window has it now, or the one that has it */
  async take(name: string, folder: string): Promise<ClaimHolder | undefined> {
    const { windowId } = this.#deps;
    const self = await identify(process.pid);
    let holder: ClaimHolder | undefined;
    await this.#change((claims) => {
      const found = claims.find((claim) => claim.name === name && claim.windowId !== windowId);
      holder = found;
      if (found !== undefined) return claims;
      const own = { name, folder, windowId, pid: process.pid, machine: processSpace };
      const others = claims.filter((claim) => claim.name !== name);
      return [...others, { ...own, ...(self?.started !== undefined && { started: self.started }) }];
    });
    if (holder === undefined) this.#own.add(name);
    return holder;
  }

  /** Gives a name up. */
  async release(name: string): Promise<void> {
    if (!this.#own.delete(name)) return;
    await this.#change((claims) => claims.filter((claim) => !(claim.name === name && this.#isOwn(claim))));
  }

  /** Notes the access of the process of a plugin, or that it has none any more. */
  async note(name: string, clientId: string | undefined): Promise<void> {
    await this.#change((claims) =>
      claims.map((claim) => {
        if (claim.name !== name || !this.#isOwn(claim)) return claim;
        const { clientId: _, ...rest } = claim;
        return clientId === undefined ? rest : { ...rest, clientId };
      }),
    );
  }

  /** Gives all names up. */
  async dispose(): Promise<void> {
    await this.#watch.dispose();
    this.#changed.dispose();
    if (this.#own.size > 0) await this.#change((claims) => claims.filter((claim) => !this.#isOwn(claim)));
  }

  #isOwn({ windowId }: Claim): boolean {
    return windowId === this.#deps.windowId;
  }

  async #look(): Promise<void> {
    const stamp = await this.#deps.storage.stamp();
    const hasChanged = stamp !== this.#stamp;
    this.#stamp = stamp;
    if (hasChanged || (await this.#dead(await this.#read())).length > 0) this.#changed.fire();
  }

  async #read(): Promise<readonly Claim[]> {
    try {
      return parse(await this.#deps.storage.read());
    } catch {
      return []; // The change reports it.
    }
  }

  /** Drops the claims of processes that have ended, and then changes the rest. */
  async #change(edit: (claims: readonly Claim[]) => readonly Claim[]): Promise<void> {
    const dead = new Set((await this.#dead(await this.#read())).map(identityOf));
    const ended: Claim[] = [];
    await this.#deps.storage.change((text) => {
      const present = parse(text);
      ended.push(...present.filter((claim) => dead.has(identityOf(claim))));
      const claims = edit(present.filter((claim) => !dead.has(identityOf(claim))));
      // An unchanged file wakes no other window.
      if (isDeepStrictEqual(claims, present)) return undefined;
      return `${JSON.stringify({ claims }, undefined, 2)}\n`;
    });
    for (const { clientId } of ended) if (clientId !== undefined) await this.#revoke(clientId);
  }

  async #revoke(clientId: string): Promise<void> {
    try {
      await this.#deps.revoke(clientId);
    } catch (error) {
      this.#deps.logger.warn("The access of a plugin of a crashed window could not be revoked", {
        error: messageOf(error),
      });
    }
  }

  async #dead(claims: readonly Claim[]): Promise<readonly Claim[]> {
    const checked = await Promise.all(
      claims.map(async (claim) => ((await isEnded(claim)) ? [claim] : ([] as readonly Claim[]))),
    );
    return checked.flat();
  }
}

/** Those of other machines are never ended here: their processes cannot be seen. */
async function isEnded({ machine, pid, started }: Claim): Promise<boolean> {
  return machine === processSpace && !(await isLiving({ pid, started }));
}

function identityOf({ windowId, pid, started, machine }: Claim): string {
  return JSON.stringify([windowId, pid, started, machine]);
}

/** A file that is not valid is replaced: it only says what runs now. */
function parse(text: string | undefined): readonly Claim[] {
  try {
    return fileSchema.parse(JSON.parse(text ?? '{"claims":[]}')).claims;
  } catch {
    return [];
  }
}
