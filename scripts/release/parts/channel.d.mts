export interface Channel {
  readonly isPreRelease: boolean;
  /** The tag of npm and of the images. */
  readonly tag: "latest" | "next";
}

/** Returns how a version is published everywhere. @throws if the version is not three numbers */
export function channelOf(version: string): Channel;
