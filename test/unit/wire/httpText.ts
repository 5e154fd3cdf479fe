/** What a server has written on a connection, read as HTTP. */
export interface HttpText {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Reads the bytes of an answer, which came as Latin-1. A body in chunks is put together, also one that has not ended. */
export function readHttp(received: string): HttpText {
  const end = received.indexOf("\r\n\r\n");
  const [status = "", ...lines] = received.slice(0, end).split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const body = received.slice(end + 4);
  const bytes = headers["transfer-encoding"] === "chunked" ? unchunked(body) : body;
  return { status: Number(status.split(" ")[1]), headers, text: Buffer.from(bytes, "latin1").toString() };
}

function unchunked(body: string): string {
  let text = "";
  for (let at = 0; at < body.length; ) {
    const lineEnd = body.indexOf("\r\n", at);
    const length = Number.parseInt(body.slice(at, lineEnd), 16);
    if (lineEnd < 0 || !(length > 0)) break;
    text += body.slice(lineEnd + 2, lineEnd + 2 + length);
    at = lineEnd + 2 + length + 2;
  }
  return text;
}
