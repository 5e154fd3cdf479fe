/** Three numbers. The Marketplace accepts no pre-release tags of semantic versioning. */
const RELEASE_VERSION = /^(?:0|[1-9]\d*)\.(0|[1-9]\d*)\.(?:0|[1-9]\d*)$/;

/**
 * Returns how a version is published everywhere: a version with an odd minor number is a pre-release (docs/release.md#pre-releases).
 * @throws if the version is not three numbers
 */
export function channelOf(version) {
  const minor = RELEASE_VERSION.exec(version)?.[1];
  if (minor === undefined) {
    throw new Error(
      `${version} is not a version that all registries accept: it must be three numbers. A pre-release has an odd minor number.`,
    );
  }
  const isPreRelease = Number(minor) % 2 === 1;
  return { isPreRelease, tag: isPreRelease ? "next" : "latest" };
}
