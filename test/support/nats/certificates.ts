import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** An authority for certificates, in files of a folder. */
export interface TestAuthority {
  readonly caFile: string;
  /** Signs a certificate for this machine. */
  issue(name: string): Promise<{ readonly certFile: string; readonly keyFile: string }>;
}

/** Creates an authority with the `openssl` of the machine, which Linux systems with `apt-get` have. */
export async function createAuthority(folder: string, name: string): Promise<TestAuthority> {
  const caFile = join(folder, `${name}.pem`);
  const caKey = join(folder, `${name}.key`);
  const subject = ["-subj", `/CN=${name}`, "-days", "2"];
  await run("openssl", ["req", "-x509", ...newKey, "-keyout", caKey, "-out", caFile, ...subject]);
  return {
    caFile,
    async issue(owner) {
      const [certFile, keyFile, request] = ["pem", "key", "csr"].map((end) => join(folder, `${name}-${owner}.${end}`));
      if (certFile === undefined || keyFile === undefined || request === undefined) throw new Error("three files");
      const extensions = join(folder, `${name}-${owner}.ext`);
      await writeFile(extensions, "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
      await run("openssl", ["req", ...newKey, "-keyout", keyFile, "-out", request, "-subj", `/CN=${owner}`]);
      const signing = ["-CA", caFile, "-CAkey", caKey, "-CAcreateserial", "-days", "2", "-extfile", extensions];
      await run("openssl", ["x509", "-req", "-in", request, "-out", certFile, ...signing]);
      return { certFile, keyFile };
    },
  };
}
