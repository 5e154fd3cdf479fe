import { busOf, embeddedBroker } from "../../../support/plugins/busUnderTest.ts";
import { busSuite } from "./busSuite.ts";

describe("The embedded bus", () => {
  busSuite(async () => busOf([embeddedBroker()], async () => undefined));
});
