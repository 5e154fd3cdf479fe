import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { Link } from "../link/link.ts";
import type { RegisteredAddress } from "./addressPorts.ts";
import type { AddressDeps } from "./claim.ts";
import { Steps } from "./steps.ts";
import { REGISTER_MS } from "./times.ts";

/** Interval in milliseconds in which a member looks at the register. */
const LOOK_MS = 1_000;

interface MembershipOptions<L extends Link> {
  readonly link: L;
  readonly port: number;
  /** The link has ended, for any reason. */
  readonly onEnd: (detail: string) => void;
  readonly onDidChangePort: () => void;
}

/** The membership of a window: as long as its link, or until the register has had another owner for some time. */
export class Membership<L extends Link> implements Disposable {
  readonly link: L;
  readonly #deps: AddressDeps<L>;
  readonly #options: MembershipOptions<L>;
  readonly #steps: Steps;
  readonly #end = new AbortController();
  readonly #lifetime = new DisposableStore();
  #port: number;
  #isDoubtful = false;
  #nextLook: Disposable | undefined;

  constructor(deps: AddressDeps<L>, options: MembershipOptions<L>) {
    this.#deps = deps;
    this.#options = options;
    this.link = options.link;
    this.#port = options.port;
    this.#steps = new Steps(deps.clock, this.#end.signal);
    this.#lifetime.add(this.link.onDidEnd(({ reason, detail }) => options.onEnd(`${reason}: ${detail}`)));
    this.#scheduleLook();
  }

  /** The owner's port, as far as this window knows. */
  get port(): number {
    return this.#port;
  }

  dispose(): void {
    this.#end.abort(new Error("the membership has ended"));
    void this.#nextLook?.dispose();
    void this.#lifetime.dispose();
    this.link.end("closed", "the window has left the address");
  }

  #scheduleLook(): void {
    this.#nextLook = this.#deps.clock.after(LOOK_MS, () => {
      void this.#look()
        .catch(() => undefined)
        .then(() => {
          if (!this.#end.signal.aborted) this.#scheduleLook();
        });
    });
  }

  async #look(): Promise<void> {
    const { register } = this.#deps;
    this.#notice(await this.#steps.run("reading the register", REGISTER_MS, () => register.read()));
  }

  #notice({ record }: RegisteredAddress): void {
    if (this.#end.signal.aborted) return;
    if (record?.owner === undefined) return;
    if (record.owner.windowId === this.link.peer.id) {
      this.#isDoubtful = false;
      if (record.port === this.#port) return;
      this.#port = record.port;
      this.#options.onDidChangePort();
    } else if (this.#isDoubtful) this.link.end("closed", "another window owns the address");
    else this.#isDoubtful = true;
  }
}
