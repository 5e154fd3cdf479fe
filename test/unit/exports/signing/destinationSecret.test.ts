import { noEvent } from "../../../../src/base/events.ts";
import { destinationSecret, findSecret } from "../../../../src/exports/signing/destinationSecret.ts";
import { failsWith } from "../../../support/exports/failsWith.ts";
import { signingPorts } from "../../../support/exports/signingPorts.ts";

describe("The secret of a destination", () => {
  it("that cannot be read blocks the destination, whose facts are not to blame, and is told without a path", async () => {
    const read = () => Promise.reject(new Error("EACCES: permission denied, open '/home/me/secret.key'"));
    const ports = { ...signingPorts(), secrets: { read, onDidChange: noEvent } };
    const sentence = /^The secret of the destination 'test' cannot be read\. Set it again with '[^']+'\.$/;
    await failsWith("blocked", findSecret(ports), sentence);
    await failsWith("blocked", destinationSecret("key", ports), sentence);
  });
});
