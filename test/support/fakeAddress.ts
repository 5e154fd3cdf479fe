import { Emitter } from "../../src/base/events.ts";
import type { BridgeAddress } from "../../src/bridge/bridgeAddress.ts";
import type { WindowListing } from "../../src/protocol/status.ts";

type Fields = Partial<Omit<BridgeAddress, "onDidChange" | "reclaim" | "confirm" | "windows">> & {
  readonly windows?: readonly WindowListing[];
};

/** An address that moves when the test says so. */
export class FakeAddress implements BridgeAddress {
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  url = "http://127.0.0.1:3001";
  port = 3001;
  wantedPort = 3001;
  role: BridgeAddress["role"] = "owner";
  note: string | undefined;
  error: Error | undefined;
  canReclaim = false;
  accessRequests = 0;
  reclaims = 0;
  /** False once another window owns the address, before this one knows it. */
  isOwned = true;
  #windows: readonly WindowListing[] = [];

  constructor(fields: Fields = {}) {
    this.become(fields);
  }

  /** Changes the fields, and tells it. */
  become({ windows = this.#windows, ...fields }: Fields): void {
    Object.assign(this, fields);
    this.#windows = windows;
    this.#changed.fire();
  }

  async reclaim(): Promise<boolean> {
    this.reclaims++;
    if (!this.canReclaim) return false;
    this.become({ url: `http://127.0.0.1:${this.wantedPort}`, port: this.wantedPort, canReclaim: false });
    return true;
  }

  async confirm(): Promise<boolean> {
    return this.isOwned;
  }

  windows(): readonly WindowListing[] {
    return this.#windows;
  }
}

/** A window as the owner of the address lists it. */
export function listing(id: string, fields: Partial<WindowListing> = {}): WindowListing {
  return {
    id,
    pid: 1,
    editor: "test",
    workspaceFolders: [],
    focused: false,
    owner: false,
    state: "ready",
    ...fields,
  };
}
