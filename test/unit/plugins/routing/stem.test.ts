import assert from "node:assert/strict";
import { stemOf } from "../../../../src/plugins/routing/stem.ts";

/** Forms of one word, and words that only look like them. */
const families: readonly (readonly [forms: string, others: string])[] = [
  ["deploy deploys deployed deploying deployment deployments", "employ deplore"],
  ["route routes routed routing", "router rout1"],
  ["test tests tested testing", "testament tester"],
  ["migrate migrates migrated migrating migration migrations", "migrant"],
  ["authenticate authenticated authentication", "authentic author"],
  ["query queries queried querying", "question"],
  ["run runs running", "rant"],
  ["api apis", "app"],
  ["class classes", "classic"],
  ["manage manages managing management", "manager"],
  ["state states", "station statement stat1"],
  ["build builds building", "ui built"],
  ["general", "generate generation generic"],
  ["operate operation operating", "opera operator"],
  ["status", "state"],
  ["need needs", "net"],
  ["string strings", "str"],
];

describe("The stem of a word", () => {
  for (const [forms, others] of families) {
    it(`is one for "${forms}", and another for "${others}"`, () => {
      const [first = "", ...rest] = forms.split(" ").map(stemOf);
      for (const other of rest) assert.equal(other, first);
      for (const other of others.split(" ")) assert.notEqual(stemOf(other), first, other);
    });
  }

  it("is the word itself in other writing systems, and for numbers", () => {
    for (const word of ["überprüfung", "k8s", "пример", "c++"]) assert.equal(stemOf(word), word);
  });
});
