import { LARGE } from "../base/ownTurn.ts";

const FINAL_TEXT = 0x81;
const MAX_SHORT = 125;
const MAX_MEDIUM = 0xffff;

/**
 * A text message as the one unmasked frame that a server sends (RFC 6455, section 5.2), for connections without
 * compression. One buffer, which all readers of an event share: `ws` makes a head for each reader, and writes head and
 * text apart.
 */
export function textFrame(text: string): Buffer {
  // To copy the bytes of a large text is quicker than to count them first.
  if (text.length > LARGE) {
    const bytes = Buffer.from(text);
    const headLength = headLengthFor(bytes.length);
    return Buffer.concat([withHead(Buffer.allocUnsafe(headLength), bytes.length), bytes]);
  }
  const length = Buffer.byteLength(text);
  const headLength = headLengthFor(length);
  const frame = withHead(Buffer.allocUnsafe(headLength + length), length);
  frame.write(text, headLength, "utf8");
  return frame;
}

function headLengthFor(length: number): 2 | 4 | 10 {
  if (length <= MAX_SHORT) return 2;
  return length <= MAX_MEDIUM ? 4 : 10;
}

/** Writes the head of a text frame to the beginning of a buffer. */
function withHead(frame: Buffer, length: number): Buffer {
  frame[0] = FINAL_TEXT;
  if (length <= MAX_SHORT) frame[1] = length;
  else if (length <= MAX_MEDIUM) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeUIntBE(0, 2, 2);
    frame.writeUIntBE(length, 4, 6);
  }
  return frame;
}
