import * as z from "zod";

/** A name of the user's choice, which is part of IDs and of the names of files. Windows reserves some for devices. */
export const shortNameSchema = z
  .string()
  .regex(
    /^(?!(?:con|prn|aux|nul|com\d|lpt\d)$)[a-z0-9][a-z0-9-]{0,31}$/,
    "1 to 32 lower-case letters, digits and hyphens, and no name that Windows reserves",
  );
