import type { AddressRecord, AddressRegister, RegisteredAddress } from "../../../src/windows/address/addressPorts.ts";
import type { SimProcess } from "../time/simProcess.ts";

/** The register in the discovery folder of a machine. */
export class SimRegister {
  #latest: RegisteredAddress = { version: 0 };
  /** Called when a record was written. */
  onDidWrite: (registered: RegisteredAddress) => void = () => undefined;

  get latest(): RegisteredAddress {
    return this.#latest;
  }

  /** Processes that cannot use the folder. */
  readonly broken = new Set<SimProcess>();

  /** Returns the register as a process uses it. */
  of(process: SimProcess): AddressRegister {
    const operation = <T>(effect: () => T): Promise<T> =>
      process.operation(() => {
        if (this.broken.has(process)) throw new Error("no space left on device");
        return effect();
      });
    return {
      read: () => operation(() => this.#latest),
      compareAndSet: (latest, record) => operation(() => this.#compareAndSet(latest, record)),
    };
  }

  /** Removes the folder. */
  remove(): void {
    this.#latest = { version: 0 };
  }

  /** Writes a version without a valid record. */
  damage(): void {
    this.#latest = { version: this.#latest.version + 1 };
  }

  #compareAndSet(
    { version, record: earlier }: RegisteredAddress,
    record: AddressRecord,
  ): RegisteredAddress | undefined {
    if (version !== this.#latest.version || earlier?.renewal !== this.#latest.record?.renewal) return undefined;
    this.#latest = { version: version + 1, record };
    this.onDidWrite(this.#latest);
    return this.#latest;
  }
}
