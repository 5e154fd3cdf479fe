import assert from "node:assert/strict";
import { join } from "node:path";
import { snippetOf } from "../../../src/clientSetups/snippet.ts";
import { clientSetups } from "../../../src/clientSetups/table.ts";
import { CliProcess } from "../../support/cli/cliProcess.ts";
import { streamedText } from "../../support/gateways/streamedText.ts";
import { type GatewayBridge, startGatewayBridge } from "../../support/gateways/startGatewayBridge.ts";

const repository = join(import.meta.dirname, "../../..");

/** The clients whose lines are whole programs, or whole command lines of a program that every machine has. */
const programs = clientSetups.flatMap(({ id, ways }) =>
  ways.filter(({ format }) => format === "js" || (format === "sh" && id === "curl")).map((way) => ({ id, way })),
);

describe("The lines of docs/clients", () => {
  let gateway: GatewayBridge;

  before(async () => {
    gateway = await startGatewayBridge();
  });
  after(() => gateway.dispose());

  for (const { id, way } of programs) {
    it(`run as they are, of ${id}`, async () => {
      const { text, format } = snippetOf(way, { url: gateway.origin });
      const before = gateway.startedPrompts().length;
      const env = { KIRO_BRIDGE_TOKEN: gateway.client.token };
      // Packages are found from the folder of the process.
      const [command, args] =
        format === "js" ? [process.execPath, ["--input-type=module", "--eval", text]] : ["sh", ["-ec", text]];
      const { code, stdout, stderr } = await CliProcess.program(command, args, { env, cwd: repository }).ended;
      assert.equal(code, 0, stderr);
      const said = format === "sh" ? streamedText(stdout) : stdout;
      assert.match(said, /What does this project do\?/, stdout);
      assert.equal(gateway.startedPrompts().length, before + 1);
    });
  }
});
