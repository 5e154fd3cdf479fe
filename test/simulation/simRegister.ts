import type { AddressRecord, AddressRegister, RegisteredAddress } from "../../src/windows/address/addressPorts.ts";
import type { SimProcess } from "./simProcess.ts";

/** The register in the discovery folder of a machine. */
export class SimRegister {
  #latest: RegisteredAddress = { version: 0 };
  /** Called when a record was written. */
  onDidWrite: (registered: RegisteredAddress) => void = () => undefined;

  get latest(): RegisteredAddress {
    return this.#latest;
  }

  /** Returns the register as a process uses it. */
  of(process: SimProcess): AddressRegister {
    return {
      read: () => process.operation(() => this.#latest),
      version: () => process.operation(() => this.#latest.version),
      compareAndSet: (version, record) => process.operation(() => this.#compareAndSet(version, record)),
    };
  }

  #compareAndSet(version: number, record: AddressRecord): boolean {
    if (version !== this.#latest.version) return false;
    this.#latest = { version: version + 1, record };
    this.onDidWrite(this.#latest);
    return true;
  }
}
