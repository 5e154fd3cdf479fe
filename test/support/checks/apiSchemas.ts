import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Schema, Validator } from "@cfworker/json-schema";
import * as z from "zod";

const docs = join(import.meta.dirname, "../../../docs");

const document = z.looseObject({ components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }) });

/** A document of docs/ and the validators of its schemas. */
export class ApiSchemas {
  readonly json: z.infer<typeof document>;
  readonly #validators = new Map<string, Validator>();

  /** @param name of a file in docs/ */
  constructor(name: string) {
    this.json = document.parse(JSON.parse(readFileSync(join(docs, name), "utf8")));
  }

  /** Returns why a value does not match a schema, or undefined if it does. */
  mismatch(schema: unknown, value: unknown): string | undefined {
    const key = JSON.stringify(schema);
    let validator = this.#validators.get(key);
    if (validator === undefined) {
      const whole = { ...(JSON.parse(key) as Schema), components: this.json.components };
      validator = new Validator(whole, "2020-12", false);
      this.#validators.set(key, validator);
    }
    const { valid, errors } = validator.validate(value);
    return valid ? undefined : errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`).join("\n");
  }
}
