const FINAL_TEXT = 0x81;
const MAX_SHORT = 125;
const MAX_MEDIUM = 0xffff;

/**
 * A text message as the one unmasked frame that a server sends (RFC 6455, section 5.2), for connections without
 * compression. One buffer, which all readers of an event share: `ws` makes a head for each reader, and writes head and
 * text apart.
 */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const headLength = length <= MAX_SHORT ? 2 : length <= MAX_MEDIUM ? 4 : 10;
  const frame = Buffer.allocUnsafe(headLength + length);
  frame[0] = FINAL_TEXT;
  if (headLength === 2) frame[1] = length;
  else if (headLength === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeUIntBE(0, 2, 2);
    frame.writeUIntBE(length, 4, 6);
  }
  frame.write(text, headLength, "utf8");
  return frame;
}
