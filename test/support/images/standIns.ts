import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { installCodeServer } from "../editor/codeServerInstall.ts";
import { editorVersions } from "../editor/editorVersions.ts";
import { npmInstall } from "../editor/npmInstall.ts";
import { editorCache } from "../editor/paths.ts";
import { fillOnce } from "../editor/stagedFolder.ts";
import type { ImageStore } from "./imageStore.ts";

const DEBIAN = "bookworm";
const NPM = "11.21.2";
const dockerfiles = join(import.meta.dirname, "standIns");

/*
 * No registry of images can be reached here, so images with the names of those that ours begin with are built from packages
 * of Debian and npm.
 */

/** Builds the stand-in for the official image of Node. */
export async function buildNodeStandIn(store: ImageStore): Promise<void> {
  await store.build({
    context: await partsOfImages(store),
    dockerfile: join(dockerfiles, "node.Dockerfile"),
    tag: `docker.io/library/node:${process.versions.node}-${DEBIAN}-slim`,
    contexts: { node: dirname(process.execPath) },
  });
}

/** Builds the stand-in for the official image of code-server. */
export async function buildCodeServerStandIn(store: ImageStore): Promise<void> {
  await installCodeServer("newest");
  const { codeServer } = editorVersions.newest;
  await store.build({
    context: await partsOfImages(store),
    dockerfile: join(dockerfiles, "codeServer.Dockerfile"),
    tag: `docker.io/codercom/code-server:${codeServer}`,
    contexts: { node: dirname(process.execPath), editor: join(editorCache(), codeServer) },
  });
}

/** Returns the folder with a root file system of Debian, and with npm. */
async function partsOfImages({ tools }: ImageStore): Promise<string> {
  const folder = join(editorCache(), `image-parts-${DEBIAN}`);
  if (!existsSync(folder)) console.log(`Installing a Debian for images: about 200 MB in ${folder} …`);
  await fillOnce(folder, async (staging) => {
    const target = join(staging, "rootfs.tar");
    await tools.run(["mmdebstrap", "--variant=minbase", DEBIAN, target, "http://deb.debian.org/debian"]);
    await npmInstall(staging, [`npm@${NPM}`]);
  });
  return folder;
}
