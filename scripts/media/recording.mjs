import sharp from "sharp";

/** Pictures of a page, each with the time for which it is shown. */
export class Recording {
  #page;
  #secrets;
  #frames = [];

  /** @param secrets texts that no picture may show: tokens, paths of this machine */
  constructor(page, secrets) {
    this.#page = page;
    this.#secrets = secrets;
  }

  get durationMs() {
    return this.#frames.reduce((sum, { ms }) => sum + ms, 0);
  }

  /** Takes a picture, which is shown for `ms`. One that is like the last makes that one longer. */
  async shoot(ms) {
    await this.#check();
    const picture = await this.#page.screenshot({ caret: "hide" });
    const last = this.#frames.at(-1);
    if (last?.picture.equals(picture)) last.ms += ms;
    else this.#frames.push({ picture, ms });
  }

  /** Takes pictures, each shown for `ms`, until `isOver` says so. */
  async film(ms, isOver) {
    while (!(await isOver())) await this.shoot(ms);
    await this.shoot(ms);
  }

  /** Returns the last picture as a PNG with a palette. */
  async still() {
    const { picture } = this.#frames.at(-1);
    return sharp(picture).png({ palette: true, quality: 95, effort: 10 }).toBuffer();
  }

  /** Returns the pictures as an animated WebP that repeats. */
  async animation() {
    const pictures = this.#frames.map(({ picture }) => picture);
    const delay = this.#frames.map(({ ms }) => ms);
    const webp = { quality: 82, effort: 6, loop: 0, delay, minSize: true };
    return sharp(pictures, { join: { animated: true } })
      .webp(webp)
      .toBuffer();
  }

  /** Throws if the page shows something that a picture of it must not show. */
  async #check() {
    for (const frame of this.#page.frames()) {
      const text = await frame.evaluate("document.body?.innerText ?? ''").catch(() => "");
      const shown = this.#secrets.find((secret) => text.includes(secret));
      if (shown !== undefined) throw new Error(`The page shows ${shown.slice(0, 12)}…, which no picture may show.`);
    }
  }
}
