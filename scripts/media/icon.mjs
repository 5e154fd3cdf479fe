// Writes media/icon.png from media/icon.svg, since galleries take no SVG. Usage: node scripts/media/icon.mjs.
import sharp from "sharp";

const SIZE = 256;

// 72 is the density of an SVG whose size is in pixels.
const { width } = await sharp("media/icon.svg").metadata();
await sharp("media/icon.svg", { density: (72 * SIZE) / width })
  .png({ effort: 10, compressionLevel: 9 })
  .toFile("media/icon.png");
