import { duplexPair, type Duplex } from "node:stream";
import { Emitter, noEvent } from "../../../src/base/events.ts";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { BridgeError } from "../../../src/protocol/errors.ts";
import type { WindowListing } from "../../../src/protocol/status.ts";
import type { OtherWindow, Place, PlaceKey, Windows, Destination } from "../../../src/server/windows/windows.ts";
import { StreamWindow } from "../../../src/windows/forward/streamWindow.ts";
import type { LinkEnd, StreamLink } from "../../../src/windows/link/link.ts";
import { recordOf } from "../../../src/history/executionRecord.ts";
import { startTestBridge, type TestBridge, type TestBridgeOptions } from "../testBridge.ts";

const FRAME_BYTES = 64 * 1024;

/** The streams of a link in memory. */
export class MemoryLink implements Pick<StreamLink, "openStream" | "onDidEnd"> {
  readonly #ended = new Emitter<LinkEnd>();
  readonly onDidEnd = this.#ended.event;
  /** The ends of the owner. */
  readonly streams = new Set<Duplex>();
  /** The ends of the member. */
  readonly accepted = new Set<Duplex>();
  /** Everything that the owner has sent. */
  sent = "";
  readonly #accept: (stream: Duplex) => void;

  constructor(accept: (stream: Duplex) => void) {
    this.#accept = accept;
  }

  openStream(): Duplex {
    const [near, far] = duplexPair();
    asSocket(near);
    writeInFrames(far);
    this.streams.add(near);
    const write = near.write.bind(near);
    const record = (...[chunk, ...rest]: Parameters<typeof write>): boolean => {
      this.sent += Buffer.isBuffer(chunk) ? chunk.toString("latin1") : String(chunk);
      return write(chunk, ...rest);
    };
    Object.assign(near, { write: record });
    near.once("close", () => {
      this.streams.delete(near);
      // As when a stream is reset.
      far.destroy();
    });
    far.once("close", () => near.destroy());
    this.accepted.add(far);
    this.#accept(far);
    return near;
  }

  /** Ends as the link of a window that was killed. */
  end(): void {
    for (const stream of this.streams) stream.destroy(new Error("the link has ended"));
    this.#ended.fire({ reason: "closed", detail: "" });
  }
}

/** Adds the methods of a socket that `node:http` calls, as the streams of a real link have them. */
function asSocket(stream: Duplex): void {
  const itself = (): Duplex => stream;
  Object.assign(stream, { setTimeout: itself, setKeepAlive: itself, setNoDelay: itself, ref: itself, unref: itself });
}

/** Splits what is written, as a link does. */
function writeInFrames(stream: Duplex): void {
  const write = stream._write.bind(stream);
  const writeFrames: Duplex["_write"] = (data: Buffer, encoding, callback) => {
    const next = (at: number): void => {
      if (at >= data.length) callback();
      else
        write(data.subarray(at, at + FRAME_BYTES), encoding, (error) =>
          error ? callback(error) : next(at + FRAME_BYTES),
        );
    };
    next(0);
  };
  Object.assign(stream, { _write: writeFrames });
}

/** The windows of an owner, as a test says. */
export class FakeWindows implements Windows {
  readonly onDidChange = noEvent;
  others: OtherWindow[] = [];
  /** The place of requests that name none, and of each key, by the ID of the window. */
  focused: string | undefined;
  readonly keys = new Map<string, Destination>();
  readonly executions = new Map<string, OtherWindow>();

  list(): readonly WindowListing[] {
    return this.others.map(({ record }) => ({
      ...record,
      focused: record.id === this.focused,
      owner: false,
      state: "ready",
    }));
  }

  async destinationOf({ windowId, workspacePath }: Place, key?: PlaceKey): Promise<Destination> {
    const known = key && this.keys.get(key.key);
    if (known !== undefined) return known;
    const hasPath = ({ record }: OtherWindow): boolean =>
      workspacePath !== undefined && record.workspaceFolders.includes(workspacePath);
    const byPath = windowId === undefined ? this.others.find(hasPath) : undefined;
    const window = byPath ?? this.others.find(({ record }) => record.id === (windowId ?? this.focused));
    if (windowId !== undefined && window === undefined && windowId !== "owner-window")
      throw new BridgeError("NOT_FOUND", "There is no window with this ID.");
    return window === undefined ? { kind: "here" } : { kind: "window", window };
  }

  ofExecution(executionId: string): OtherWindow | undefined {
    return (
      this.executions.get(executionId) ??
      this.others.find((window) => window.active().some(({ id }) => id === executionId))
    );
  }
}

export interface LinkedBridges {
  /** The window that has the address. */
  readonly owner: TestBridge;
  readonly member: TestBridge;
  readonly link: MemoryLink;
  readonly windows: FakeWindows;
  readonly other: StreamWindow;
  dispose(): Promise<void>;
}

/** Starts two whole bridges of which one sends the requests for the other over a link in memory. */
export async function startLinkedBridges(
  options: { readonly owner?: TestBridgeOptions; readonly member?: TestBridgeOptions } = {},
): Promise<LinkedBridges> {
  const store = new DisposableStore();
  const windows = new FakeWindows();
  const owner = store.add(await startTestBridge({ windowId: "owner-window", windows, ...options.owner }));
  const member = store.add(await startTestBridge({ windowId: "member-window", ...options.member }));
  store.add(
    member.core.events.onDidAppend(({ windowEventId = 0, ...event }) => {
      owner.core.events.import({ ...event, windowEventId });
    }),
  );
  const link = new MemoryLink((stream) => member.server.accept(stream));
  const mirror = {
    get record() {
      return member.core.window.describe();
    },
    active: () => [...member.core.executions.active].map((execution) => recordOf(execution)),
    status: () => member.core.status.current(),
    commands: () => member.core.catalog.search(undefined, 10_000).commands,
  };
  const other = store.add(new StreamWindow({ link, mirror }));
  windows.others = [other];
  return { owner, member, link, windows, other, dispose: () => store.dispose() };
}
