import assert from "node:assert/strict";
import { webhookSchema } from "../../../../src/exports/hooks/webhookSettings.ts";

const base = { name: "mine", kind: "webhook", url: "https://hooks.example/kiro" };
const isValid = (changes: object) => webhookSchema.safeParse({ ...base, ...changes }).success;

describe("The settings of a webhook", () => {
  it("need only a name and an address, and then send no content", () => {
    const { content, events, format, batch, replies, signed, thin } = webhookSchema.parse(base);
    assert.deepEqual(
      { content, format, batch, replies, signed, thin },
      { content: "none", format: "standard-webhooks", batch: 1, replies: false, signed: true, thin: false },
    );
    assert.deepEqual(events, ["command-completed", "command-error", "command-cancelled", "user-input-required"]);
  });

  const accepted = {
    "an address of this machine": { url: "http://127.0.0.1:9000/hook" },
    "an address of a private network": { url: "http://10.0.0.8/hook" },
    "batches of CloudEvents": { format: "cloudevents", batch: 100 },
    "a further header": { headers: { "X-Tenant": "a" } },
    "replies over https": { content: "all", replies: true },
    "replies on this machine": { content: "all", replies: true, url: "http://[::1]:9000/" },
  };
  for (const [what, changes] of Object.entries(accepted)) it(`may be ${what}`, () => assert.ok(isValid(changes)));

  const rejected = {
    "an address of another protocol": { url: "file:///etc/passwd" },
    "an address with a password": { url: "https://me:secret@hooks.example/" },
    "a batch in the binary mode": { format: "cloudevents-binary", batch: 2 },
    "a header with a secret": { headers: { Authorization: "Bearer abc" } },
    "a header that says what was signed": { headers: { "Webhook-Id": "1" } },
    "a header that begins another one": { headers: { "X-A": "b\r\nX-C: d" } },
    "replies to questions that are not shown": { replies: true, content: "output" },
    "replies to questions of which only the IDs are sent": { replies: true, content: "all", thin: true },
    "replies to a batch": { replies: true, content: "all", batch: 2 },
    "replies that others on the way can change": { replies: true, content: "all", url: "http://10.0.0.8/hook" },
    "replies of a name that looks like this machine": {
      replies: true,
      content: "all",
      url: "http://127.0.0.1.hooks.example/",
    },
    "a property of no meaning": { secret: "whsec_" },
  };
  for (const [what, changes] of Object.entries(rejected)) it(`may not be ${what}`, () => assert.ok(!isValid(changes)));
});
