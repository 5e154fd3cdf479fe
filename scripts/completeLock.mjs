// Completes package-lock.json after an install from a registry that lacks some platform packages (Windows and macOS binaries of the linters).
// Without their entries `npm ci` refuses the lock file everywhere. Versions are the exact ones that the parent package names; npm fetches them
// where the platform fits. Run it after every `npm install` that changed the lock file. An argument names another lock file.
import { readFileSync, writeFileSync } from "node:fs";

const systems = "aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32";
const platform = new RegExp(`(${systems})-(arm64|arm|x64|ia32|ppc64|riscv64|s390x|loong64|mips64el)(?:-(gnu|musl))?`);
const file = process.argv[2] ?? new URL("../package-lock.json", import.meta.url);

const lock = JSON.parse(readFileSync(file, "utf8"));
const missing = Object.entries(lock.packages).flatMap(([path, parent]) =>
  Object.entries(parent.optionalDependencies ?? {})
    .filter(([name]) => !isLocked(path, name))
    .map(([name, version]) => [`node_modules/${name}`, entryOf(name, version, parent)]),
);
const packages = Object.entries(lock.packages).concat(missing);
lock.packages = Object.fromEntries(packages.toSorted(([a], [b]) => a.localeCompare(b, "en")));
writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
console.log(`${missing.length} entries added to the lock file`);

/** True when some folder from `path` upward holds the package. */
function isLocked(path, name) {
  if (lock.packages[`${path === "" ? "" : `${path}/`}node_modules/${name}`]) return true;
  return path !== "" && isLocked(path.slice(0, Math.max(0, path.lastIndexOf("/node_modules/"))), name);
}

function entryOf(name, version, parent) {
  const [, os, cpu, libc] = platform.exec(name) ?? [];
  if (os === undefined || !/^\d/.test(version))
    throw new Error(`${name}@${version} is missing, and its name does not tell a platform.`);
  return {
    version,
    cpu: [cpu],
    ...(parent.dev ? { dev: true } : {}),
    ...(os === "linux" && libc ? { libc: [libc === "gnu" ? "glibc" : libc] } : {}),
    optional: true,
    os: [os],
  };
}
