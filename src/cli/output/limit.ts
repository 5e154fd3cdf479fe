import { InvalidArgumentError } from "commander";

/** Returns the parser of an option that limits a number of rows. It throws InvalidArgumentError. */
export function limitUpTo(max: number): (text: string) => number {
  return (text) => {
    const limit = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
    if (limit === undefined || limit > max) throw new InvalidArgumentError(`Expected a number from 1 to ${max}.`);
    return limit;
  };
}
