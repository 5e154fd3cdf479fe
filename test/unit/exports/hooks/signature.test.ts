import assert from "node:assert/strict";
import { Webhook } from "standardwebhooks";
import { DeliveryFailure } from "../../../../src/exports/delivery/destination.ts";
import { readWebhookSecret, signatureHeaders } from "../../../../src/exports/hooks/signature.ts";

const secretOf = (byte: number, length = 24) => `whsec_${Buffer.alloc(length, byte).toString("base64")}`;
const [old, current] = [secretOf(1), secretOf(2, 64)];
const noHide = (): void => undefined;
const read = (text: string) => readWebhookSecret(text, noHide);
const message = { id: "w1-e1-7", body: '{"text":"ä😀"}' };

/** Headers of a signature that is made now, because the library compares its time with the clock. */
const signed = (secret: string, changes: { readonly at?: number } = {}) =>
  signatureHeaders({ ...message, at: Date.now(), ...changes }, read(secret).keys);

describe("The signature of a webhook", () => {
  it("is the one of the example of Standard Webhooks", () => {
    const { keys } = read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    const example = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", body: '{"test": 2432232314}', at: 1_614_265_330_999 };
    assert.deepEqual(signatureHeaders(example, keys), {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });

  it("is accepted by the library, and is rejected for another body, key or time", () => {
    const library = new Webhook(current);
    assert.deepEqual(library.verify(message.body, signed(current)), { text: "ä😀" });
    assert.throws(() => library.verify(`${message.body} `, signed(current)), /No matching signature/);
    assert.throws(() => library.verify(message.body, signed(old)), /No matching signature/);
    const early = signed(current, { at: Date.now() - 20 * 60_000 });
    assert.throws(() => library.verify(message.body, early), /too old/);
  });

  it("is accepted with the old and with the new key while one replaces the other", () => {
    for (const both of [`${current} ${old}`, `${current},\n${old}`, JSON.stringify({ secrets: [current, old] })]) {
      const headers = signed(both);
      assert.deepEqual(new Webhook(old).verify(message.body, headers), { text: "ä😀" });
      assert.deepEqual(new Webhook(current).verify(message.body, headers), { text: "ä😀" });
      assert.throws(() => new Webhook(secretOf(3)).verify(message.body, headers), /No matching signature/);
    }
  });
});

describe("The secret of a webhook", () => {
  it("may have headers, and hides all of its parts", () => {
    const hidden: string[] = [];
    const headers = { authorization: "Bearer abc", "X-Api-Key": "k" };
    const text = JSON.stringify({ secrets: [current], headers });
    const secret = readWebhookSecret(text, (part) => hidden.push(part));
    assert.deepEqual(secret.headers, headers);
    assert.deepEqual(hidden, [current, "Bearer abc", "abc", "k"]);
  });

  const wrong = {
    "without the prefix": Buffer.alloc(24).toString("base64"),
    "that is too short": secretOf(1, 23),
    "that is too long": secretOf(1, 65),
    "that is no base64": `whsec_${"ä".repeat(32)}`,
    "for signatures with another algorithm": `whsk_${Buffer.alloc(32).toString("base64")}`,
    "of more keys than a rotation has": Array.from({ length: 5 }, () => current).join(" "),
    "that is JSON of another form": '{"secret": "whsec_"}',
    "that is half of JSON": '{"secrets": ["whsec_c2VjcmV0',
    "with a header that begins another one": JSON.stringify({ headers: { a: "b\r\nc: d" } }),
    "with a name of a header that is none": JSON.stringify({ headers: { "a:b": "c" } }),
  };
  for (const [what, text] of Object.entries(wrong)) {
    it(`is not one ${what}, which a person must mend, and is not quoted`, () => {
      assert.throws(
        () => read(text),
        (error) => {
          assert.ok(error instanceof DeliveryFailure);
          assert.equal(error.kind, "blocked");
          assert.ok(!error.message.includes(text), error.message);
          return true;
        },
      );
    });
  }
});
