import assert from "node:assert/strict";
import { newId, windowTag, windowTagIn } from "../../../../src/gateways/turns/windowIds.ts";

describe("The IDs of gateways", () => {
  const windowId = "1b0c7a86-6f3f-4f0c-9a53-3f6f0a3c2b7d";

  it("name their window, with and without the prefix of a protocol", () => {
    const id = newId(windowId);
    for (const text of [id, `call_${id}`, `toolu_${id}`, `chatcmpl_${id}`, `${windowTag(windowId)}.c2Vzc2lvbg.bWFj`])
      assert.equal(windowTagIn(text), windowTag(windowId), text);
  });

  it("are unique, and short enough for clients that take 40 characters", () => {
    const ids = new Set(Array.from({ length: 1000 }, () => newId(windowId)));
    assert.equal(ids.size, 1000);
    for (const id of ids) assert.ok(`toolu_${id}`.length <= 40);
  });

  it("are not seen in what others give out", () => {
    const others = ["", "call_1", "call_Xy12AbCd34", "rs_0a1b2c3d", "ErUBCkYIBBgCIkB", `${newId(windowId)}0`, "../x"];
    for (const text of others) assert.equal(windowTagIn(text), undefined, text);
  });
});
