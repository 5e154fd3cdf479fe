import type { Packet } from "../bus/transport.ts";

const MAX_BYTES = 16 * 1024 * 1024;

/** Messages that were stored or read recently, by their number, so that most are delivered without a look at the disk. */
export class PacketCache {
  readonly #packets = new Map<number, Packet>();
  #bytes = 0;

  get(seq: number): Packet | undefined {
    return this.#packets.get(seq);
  }

  set(seq: number, packet: Packet): void {
    this.delete(seq);
    this.#packets.set(seq, packet);
    this.#bytes += packet.bytes;
    for (const oldest of this.#packets.keys()) {
      if (this.#bytes <= MAX_BYTES || this.#packets.size === 1) break;
      this.delete(oldest);
    }
  }

  delete(seq: number): void {
    this.#bytes -= this.#packets.get(seq)?.bytes ?? 0;
    this.#packets.delete(seq);
  }
}
