import { FolderRegister } from "../../../../src/windows/address/folderRegister.ts";

interface Order {
  readonly folder: string;
  /** Writes the version after this one, once it is there. */
  readonly version?: number;
  /** Increases the term so many times. */
  readonly steps?: number;
}

/** A process that writes to a register when it is told to, and reports how often it succeeded. */
process.on("message", (order: Order) => {
  void write(order).then(
    (count) => process.send?.(count),
    (error: unknown) => process.send?.(String(error)),
  );
});
process.send?.("ready");

async function write({ folder, version, steps = 0 }: Order): Promise<number> {
  const register = new FolderRegister(folder);
  if (version !== undefined) return (await increase(register, version)) ? 1 : 0;
  for (let count = 0; count < steps; ) if (await increase(register)) count++;
  return steps;
}

async function increase(register: FolderRegister, version?: number): Promise<boolean> {
  let latest = await register.read();
  while (latest.version < (version ?? 0)) latest = await register.read();
  if (version !== undefined && latest.version > version) return false;
  const owner = { windowId: `of ${process.pid}`, pid: process.pid };
  const term = (latest.record?.term ?? 0) + 1;
  return (
    (await register.compareAndSet(latest, { term, owner, port: 3001, renewal: crypto.randomUUID() })) !== undefined
  );
}
