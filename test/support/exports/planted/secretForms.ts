import { gunzipSync } from "node:zlib";

/** Bytes of a text in the forms in which programs write texts. */
type Forms = ReadonlyMap<string, Buffer>;

const forms = new Map<string, Forms>();

/** Length in bytes of what is shown around a text that was found. */
const AROUND = 300;

/** Returns where bytes contain a text in some form, in words; undefined if they do not. Compressed bytes are read as well. */
export function formFound(bytes: Buffer, text: string): string | undefined {
  for (const view of viewsOf(bytes)) {
    for (const [name, form] of formsOf(text)) {
      const at = view.indexOf(form);
      if (at >= 0) return `${name}: …${view.subarray(Math.max(0, at - AROUND), at + AROUND).toString()}…`;
    }
  }
  return undefined;
}

function formsOf(text: string): Forms {
  const known = forms.get(text) ?? new Map(allForms(text));
  forms.set(text, known);
  return known;
}

function* allForms(text: string): Generator<[name: string, bytes: Buffer]> {
  const bytes = Buffer.from(text);
  const utf16 = Buffer.from(text, "utf16le");
  yield ["as it is", bytes];
  yield ["in upper case", Buffer.from(text.toUpperCase())];
  yield ["in lower case", Buffer.from(text.toLowerCase())];
  yield ["in JSON", Buffer.from(JSON.stringify(text).slice(1, -1))];
  yield ["in JSON in JSON", Buffer.from(JSON.stringify(JSON.stringify(text)).slice(3, -3))];
  yield ["in escapes of JSON", Buffer.from([...utf16Units(utf16)].map((unit) => `\\u${unit}`).join(""))];
  yield ["in a URL", Buffer.from(encodeURIComponent(text))];
  yield ["in a URL, each character", Buffer.from([...bytes].map((byte) => `%${hexOf(byte)}`).join(""))];
  yield ["in hex", Buffer.from(bytes.toString("hex"))];
  yield ["in upper hex", Buffer.from(bytes.toString("hex").toUpperCase())];
  yield ["in UTF-16", utf16];
  yield ["in UTF-16 of the other order", Buffer.from(utf16).swap16()];
  for (const from of [0, 1, 2]) {
    const inside = base64Inside(bytes, from);
    yield [`in base64 from byte ${from}`, Buffer.from(inside)];
    yield [`in base64url from byte ${from}`, Buffer.from(inside.replaceAll("+", "-").replaceAll("/", "_"))];
  }
}

/** Returns the characters of base64 that depend on nothing but these bytes, if as many others are in front of them. */
function base64Inside(bytes: Buffer, before: number): string {
  const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
  const [firstBit, lastBit] = [before * 8, (before + bytes.length) * 8];
  return whole.slice(Math.ceil(firstBit / 6), Math.floor(lastBit / 6));
}

function* utf16Units(utf16: Buffer): Generator<string> {
  for (let at = 0; at < utf16.length; at += 2) yield utf16.readUInt16LE(at).toString(16).padStart(4, "0");
}

function hexOf(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, "0");
}

function viewsOf(bytes: Buffer): Buffer[] {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return isGzip ? [bytes, gunzipSync(bytes)] : [bytes];
}
