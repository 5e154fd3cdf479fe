import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ImageConfig } from "./imageStore.ts";

export interface RunConfig {
  /** Arguments in place of the CMD of the image. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What a container runs, and what it has to be run. */
export interface Bundle {
  /** Absolute paths in the container. */
  readonly volumes: readonly string[];
  /** Returns the specification of a further process, which has what the first one has. */
  readonly processOf: (args: readonly string[]) => string;
}

const nothing = { bounding: [], effective: [], inheritable: [], permitted: [], ambient: [] };

/**
 * Writes a bundle of the OCI runtime specification for an image: what an engine makes of `--read-only --cap-drop ALL
 * --security-opt no-new-privileges --tmpfs /tmp --network host`, with its volumes. Its program is process 1 of its own
 * namespace of processes.
 */
export async function writeBundle(
  folder: string,
  { User, Env, Entrypoint, Cmd, WorkingDir, Volumes }: ImageConfig,
  { args, env = {} }: RunConfig,
): Promise<Bundle> {
  const [uid = NaN, gid = NaN] = User.split(":").map(Number);
  if (!Number.isInteger(uid) || !Number.isInteger(gid))
    throw new Error(`The image has the user "${User}", no numbers.`);
  const volumes = Object.keys(Volumes);
  await mkdir(join(folder, "rootfs"), { recursive: true });
  await mkdir(join(folder, "volumes"));
  // The user of the container reads the configuration and uses the volumes.
  for (const part of ["", "rootfs", "volumes"]) await chmod(join(folder, part), 0o755);
  const process = {
    terminal: false,
    user: { uid, gid },
    args: [...(Entrypoint ?? []), ...(args ?? Cmd ?? [])],
    env: [...Env, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
    cwd: WorkingDir,
    noNewPrivileges: true,
    capabilities: nothing,
  };
  const config = {
    ociVersion: "1.0.0",
    process,
    root: { path: "rootfs", readonly: true },
    hostname: "kiro-bridge",
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755"] },
      { destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["nosuid", "nodev", "mode=1777"] },
      { destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev", "mode=1777"] },
      ...volumes.map((volume) => ({
        destination: volume,
        type: "bind",
        source: join(folder, "volumes", volume),
        options: ["bind", "rw", "nosuid", "nodev"],
      })),
    ],
    linux: {
      namespaces: ["pid", "mount", "ipc", "uts"].map((type) => ({ type })),
      maskedPaths: ["/proc/kcore", "/proc/keys", "/proc/timer_list"],
      readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
    },
  };
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  return { volumes, processOf: (further) => JSON.stringify({ ...process, args: further }) };
}
