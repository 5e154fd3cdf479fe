import assert from "node:assert/strict";
import { channelOf } from "../../../scripts/release/parts/channel.mjs";

describe("The channel of a version", () => {
  for (const version of ["0.1.0", "0.3.12", "1.1.0", "2.11.4"])
    it(`is that of pre-releases for the odd minor number of ${version}`, () =>
      assert.deepEqual(channelOf(version), { isPreRelease: true, tag: "next" }));

  for (const version of ["0.2.0", "1.0.0", "1.10.1"])
    it(`is that of everybody for the even minor number of ${version}`, () =>
      assert.deepEqual(channelOf(version), { isPreRelease: false, tag: "latest" }));

  for (const version of ["1.0.0-pre.1", "1.0", "v1.0.0", "1.00.0", "1.0.0+build", ""])
    it(`is none for "${version}", which a registry would refuse`, () =>
      assert.throws(() => channelOf(version), /must be three numbers/));
});
