import assert from "node:assert/strict";
import { AccessStore } from "../../../../src/access/accessStore.ts";
import { AccessFile } from "../../../../src/access/accessFile.ts";
import { MAX_CLIENTS } from "../../../../src/access/accessStore.ts";
import {
  ACCESS_TOKEN_MS,
  type IssuedTokens,
  OAuthGrants,
  REFRESH_TOKEN_MS,
} from "../../../../src/access/oauth/oauthGrants.ts";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { noAudit } from "../../../../src/core/access/audit.ts";
import { editorUser } from "../../../../src/core/access/principal.ts";
import { isBridgeError } from "../../../../src/protocol/errors.ts";
import { MemoryAccess } from "../../../support/memoryAccess.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { until } from "../../../support/until.ts";

const PROGRAM = "kbc_a program";
const invalid = (error: unknown): boolean => isBridgeError(error) && error.context?.["error"] === "invalid_grant";

describe("OAuthGrants", () => {
  const realNow = Date.now;
  let disposables: DisposableStore;
  let accessText: MemoryAccess;
  let oauthText: MemoryAccess;
  let clients: AccessStore;
  let grants: OAuthGrants;

  const storeOf = () => disposables.add(new AccessStore({ storage: accessText, audit: noAudit, logger: silentLogger }));
  const grantsOf = (of: AccessStore) =>
    disposables.add(new OAuthGrants({ storage: oauthText, clients: of, logger: silentLogger }));

  /** Lets a client in, and gives it tokens. */
  async function grant(name = "A program"): Promise<IssuedTokens & { readonly id: string }> {
    const scopes = ["status:read"] as const;
    const { client } = await clients.create({ name, kind: "client", scopes, by: editorUser });
    return { ...(await grants.create(client.id, PROGRAM, scopes)), id: client.id };
  }

  beforeEach(async () => {
    disposables = new DisposableStore();
    accessText = new MemoryAccess();
    oauthText = new MemoryAccess();
    clients = storeOf();
    grants = grantsOf(clients);
    await grants.ready;
  });
  afterEach(async () => {
    Date.now = realNow;
    await disposables.dispose();
  });

  it("stores no token, and not the name of the program, but salted hashes", async () => {
    const { access, refresh, id } = await grant();
    const { refresh: next } = await grants.refresh(refresh, PROGRAM);
    const text = oauthText.text ?? "";
    for (const secret of [access, refresh, next]) {
      assert.ok(!text.includes(secret));
      assert.ok(!text.includes(secret.slice(-43)));
    }
    assert.ok(text.includes(id) && !text.includes(PROGRAM));
  });

  it("finds the client of an access token, and no client of any other token", async () => {
    const { access, refresh, id } = await grant();
    assert.equal(grants.authenticate(access)?.id, id);
    const changed = `${access.slice(0, -1)}${access.endsWith("A") ? "B" : "A"}`;
    for (const token of [refresh, changed, `kbt_${id}_${access.slice(-43)}`, "kba_unknown", ""])
      assert.equal(grants.authenticate(token), undefined);
  });

  it("shares tokens, their use and their revocation with the other windows", async () => {
    const other = grantsOf(storeOf());
    const { access, refresh } = await grant();
    await until(() => other.authenticate(access) !== undefined);
    const next = await other.refresh(refresh, PROGRAM);
    await assert.rejects(grants.refresh(refresh, PROGRAM), invalid);
    await until(() => other.authenticate(next.access) === undefined && grants.authenticate(access) === undefined);
    assert.deepEqual(clients.list(), []);
  });

  it("gives the next tokens to one of two windows that use a refresh token at once, and revokes them", async () => {
    const other = grantsOf(clients);
    const { refresh } = await grant();
    const results = await Promise.allSettled([grants.refresh(refresh, PROGRAM), other.refresh(refresh, PROGRAM)]);
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
    assert.deepEqual(clients.list(), []);
  });

  it("does not accept a token again when the clock jumps back", async () => {
    const { access } = await grant();
    assert.notEqual(grants.authenticate(access), undefined);
    Date.now = () => realNow() + ACCESS_TOKEN_MS;
    assert.equal(grants.authenticate(access), undefined);
    await grant("Another program");
    Date.now = realNow;
    // The file was written later than now, so that the time from then on counts for who reads it first.
    const other = grantsOf(clients);
    await other.ready;
    assert.equal(other.authenticate(access), undefined);
  });

  it("rejects a refresh token after 30 days, and forgets its grant", async () => {
    const { refresh, id } = await grant();
    Date.now = () => realNow() + REFRESH_TOKEN_MS;
    assert.equal(await grants.peek(refresh, PROGRAM), undefined);
    await assert.rejects(grants.refresh(refresh, PROGRAM), invalid);
    await grant("Another program");
    assert.ok(!(oauthText.text ?? "").includes(id));
  });

  it("keeps the latest four access tokens", async () => {
    const first = await grant();
    let { refresh } = first;
    const later: string[] = [];
    for (let count = 0; count < 4; count++) {
      const next = await grants.refresh(refresh, PROGRAM);
      refresh = next.refresh;
      later.push(next.access);
    }
    assert.equal(grants.authenticate(first.access), undefined);
    for (const access of later) assert.notEqual(grants.authenticate(access), undefined);
  });

  it("accepts no token while its file is broken, and does not write it", async () => {
    const { access, refresh } = await grant();
    const good = oauthText.text;
    for (const broken of ["{", "[]", '{"version":2}', (good ?? "").slice(0, -9)]) {
      oauthText.text = broken;
      await until(() => grants.authenticate(access) === undefined);
      await assert.rejects(grants.refresh(refresh, PROGRAM), { code: "CONFIGURATION_ERROR" });
      assert.equal(oauthText.text, broken);
    }
    oauthText.text = good;
    await until(() => grants.authenticate(access) !== undefined);
  });

  it("gives no tokens if they cannot be stored", async () => {
    const { refresh } = await grant();
    oauthText.refusal = new Error("the disk is full");
    await assert.rejects(grants.refresh(refresh, PROGRAM), { code: "CONFIGURATION_ERROR" });
    oauthText.refusal = undefined;
    assert.notEqual((await grants.refresh(refresh, PROGRAM)).access, undefined);
  });

  it("keeps as many grants as there can be clients, the latest used ones", async () => {
    const first = await grants.create("a".repeat(12), PROGRAM, []);
    for (let count = 0; count < MAX_CLIENTS; count++) await grants.create(String(count).padStart(12, "0"), PROGRAM, []);
    const text = oauthText.text ?? "";
    assert.equal(await grants.peek(first.refresh, PROGRAM), undefined);
    assert.equal(text.match(/"salt"/g)?.length, MAX_CLIENTS);
  });

  it("is a file that only this user can read", async () => {
    const folder = await temporaryFolder();
    const storage = new AccessFile(folder, silentLogger, "oauth.json");
    const onDisk = new OAuthGrants({ storage, clients, logger: silentLogger });
    try {
      await onDisk.create("a".repeat(12), PROGRAM, []);
      const { stat } = await import("node:fs/promises");
      const { mode } = await stat(`${folder}/oauth.json`);
      if (process.platform !== "win32") assert.equal(mode & 0o777, 0o600);
    } finally {
      await onDisk.dispose();
      await removeFolder(folder);
    }
  });
});
