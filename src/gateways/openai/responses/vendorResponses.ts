/** Maximum number of responses of all principals. */
const MOST_RESPONSES = 5000;
/** The ID is among the first members of a response, and of the first event of its stream. */
const MAX_SCANNED = 64 * 1024;
const RESPONSE_ID = /"id"\s*:\s*"(resp_[\w-]{1,200})"/;

/** A response that a vendor has given to a client, which can ask the vendor for it again. */
export interface VendorResponse {
  readonly principalId: string;
  readonly engineId: string;
  /** The vendor's own ID. */
  readonly model: string | undefined;
}

/**
 * Remembers whose the responses of vendors are. All clients have the same key at the vendor, so that without this one client
 * could read, continue and delete the responses of another.
 */
export class VendorResponses {
  /** By ID, oldest first. */
  readonly #responses = new Map<string, VendorResponse>();

  /** Returns a response of this principal. */
  get(principalId: string, responseId: string): VendorResponse | undefined {
    const response = this.#responses.get(responseId);
    return response?.principalId === principalId ? response : undefined;
  }

  /** Returns true for a response that is known to be another principal's. */
  isOfAnother(principalId: string, responseId: string): boolean {
    const response = this.#responses.get(responseId);
    return response !== undefined && response.principalId !== principalId;
  }

  /** Returns a function that takes the bytes of a response, and remembers it by the ID in them. */
  watch(response: VendorResponse): (bytes: Uint8Array) => void {
    let text: string | undefined = "";
    return (bytes) => {
      if (text === undefined) return;
      text += Buffer.from(bytes).toString("latin1");
      const id = RESPONSE_ID.exec(text)?.[1];
      if (id !== undefined) this.#add(id, response);
      if (id !== undefined || text.length > MAX_SCANNED) text = undefined;
    };
  }

  #add(id: string, response: VendorResponse): void {
    this.#responses.set(id, response);
    const [oldest] = this.#responses.keys();
    if (this.#responses.size > MOST_RESPONSES && oldest !== undefined) this.#responses.delete(oldest);
  }
}
