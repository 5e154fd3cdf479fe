import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "../../../../src/base/logger.ts";
import { errorBodySchema } from "../../../../src/protocol/errorBody.ts";
import { type Answer, type Call, callPort } from "../../../support/httpClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";

const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;

/** A bridge for input that is wrong, with an open folder next to a closed one, and commands with results of every kind. */
export class BadInputRig {
  readonly #logged: string[] = [];
  #bridge: TestBridge | undefined;
  #place: string | undefined;

  /** The bridge of the suite that this is called in; after each test it is healthy and has logged nothing. */
  static use(): BadInputRig {
    const rig = new BadInputRig();
    before(() => rig.#start());
    after(() => rig.#dispose());
    afterEach("the bridge is healthy and has logged no warning", () => rig.#assertUnharmed());
    return rig;
  }

  get bridge(): TestBridge {
    return this.#bridge ?? assert.fail("it starts before the first test");
  }

  /** The folder that `open` and `closed` are in. */
  get place(): string {
    return this.#place ?? assert.fail("it is made before the first test");
  }

  /** Sends the body to execute. @returns the context of the refusal */
  async refusal(body: NonNullable<Call["body"]>, status = 400, code = "VALIDATION_FAILED") {
    return assertRefused(await this.bridge.execute(body), status, code);
  }

  /** The head of a request, but for the empty line. */
  head(method: string, path: string): string {
    return `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${this.bridge.port}\r\nAuthorization: Bearer ${TEST_TOKEN}\r\n`;
  }

  async #start(): Promise<void> {
    const place = await realpath(await mkdtemp(join(tmpdir(), "kb-bad-")));
    this.#place = place;
    await mkdir(join(place, "open", "inside"), { recursive: true });
    await mkdir(join(place, "closed"));
    await symlink(join(place, "closed"), join(place, "open", "link-out"), "dir");
    await symlink(join(place, "open", "inside"), join(place, "open", "link-in"), "dir");
    this.#bridge = await startTestBridge({
      folders: [join(place, "open")],
      logger: {
        ...silentLogger,
        error: (text) => void this.#logged.push(text),
        warn: (text) => void this.#logged.push(text),
      },
      commands: {
        "test.throws": () => {
          throw new Error("it broke");
        },
        "test.throwsNothing": () => Promise.reject(undefined),
        "test.never": () => new Promise(() => undefined),
        "test.cyclic": () => cyclic,
        "test.bigint": () => 2n ** 70n,
        "test.function": () => assert.equal,
        "test.megabyte": () => "m".repeat(1024 * 1024),
        "test.undefined": () => undefined,
        "test.false": () => false,
        "test.zero": () => 0,
      },
    });
  }

  async #dispose(): Promise<void> {
    await this.#bridge?.dispose();
    if (this.#place !== undefined) await rm(this.#place, { recursive: true, force: true });
  }

  async #assertUnharmed(): Promise<void> {
    const health = await callPort(this.bridge.port, "/health");
    assert.equal(health.json["status"], "healthy");
    assert.deepEqual(this.#logged, []);
  }
}

/** Refused with the one body, which for execute also has the fields of the original API. */
export function assertRefused(answer: Answer, status: number, code: string): Record<string, unknown> {
  assert.equal(answer.status, status, answer.text.slice(0, 500));
  const body = errorBodySchema.loose().parse(answer.json);
  assert.equal(body.code, code);
  assert.equal(answer.json["success"], false);
  assert.equal(answer.json["error"], body.message);
  assert.equal(answer.json["executionTimeMs"], 0);
  assert.equal(answer.headers["content-type"], "application/json; charset=utf-8");
  assert.ok(answer.headers["x-request-id"]);
  return body.context ?? {};
}
