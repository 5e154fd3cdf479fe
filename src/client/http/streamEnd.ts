/**
 * Returns the response of a stream with the same body.
 * @param onEnd called once: with true when the other side has ended the stream or it has broken, with false when its
 * reader has cancelled it
 */
export function withEnd(response: Response, onEnd: (isLost: boolean) => void): Response {
  const reader = response.body?.getReader();
  if (reader === undefined) return response;
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    try {
      const part = await reader.read();
      if (!part.done) return controller.enqueue(part.value);
      onEnd(true);
      controller.close();
    } catch (error) {
      onEnd(true);
      controller.error(error);
    }
  };
  const cancel = async (reason: unknown): Promise<void> => {
    onEnd(false);
    await reader.cancel(reason);
  };
  const { status, statusText, headers } = response;
  // Nothing is read ahead.
  const body = new ReadableStream<Uint8Array>({ pull, cancel }, { highWaterMark: 0 });
  return new Response(body, { status, statusText, headers });
}
