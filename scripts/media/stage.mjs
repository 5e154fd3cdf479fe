// What a recording shows besides the editor: a pointer, a line that says what happens, and the terminal of another program.
// All of it is drawn over the page of the editor; none of it is in the product.

const style = `
  .demo { position: fixed; z-index: 2147483647; pointer-events: none; font-family: system-ui, sans-serif; }
  #demo-pointer { width: 22px; height: 22px; left: 0; top: 0; filter: drop-shadow(0 1px 2px #000a); }
  #demo-pointer.pressed { filter: drop-shadow(0 0 5px #c9a6ff) drop-shadow(0 0 5px #c9a6ff); }
  #demo-caption { left: 50%; top: 1px; transform: translateX(-50%); padding: 4px 18px; border-radius: 14px; white-space: nowrap;
    background: #8b5cf6; color: #fff; font-size: 16px; line-height: 20px; font-weight: 600; }
  #demo-terminal { right: 14px; bottom: 36px; width: 470px; height: 240px; border-radius: 8px; background: #0b0912; color: #e7e2f2;
    border: 1px solid #4b3f68; box-shadow: 0 8px 28px #000b; display: flex; flex-direction: column; overflow: hidden; }
  #demo-terminal header { padding: 5px 12px; font-size: 12px; color: #b9aed3; background: #1e1330; }
  #demo-terminal pre { margin: 0; padding: 8px 12px; flex: 1; overflow: hidden; display: flex; flex-direction: column; justify-content: flex-end;
    font: 13px/1.45 "DejaVu Sans Mono", ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
`;

const arrow = `<svg viewBox="0 0 22 22"><path d="M4 2 L4 17 L8 13.4 L10.6 19.4 L13.4 18.2 L10.8 12.4 L16 12.4 Z" fill="#fff" stroke="#000" stroke-width="1.2"/></svg>`;

/** Draws the things of the stage over the page. They are empty or hidden at first. */
export async function setStage(page) {
  await page.evaluate(
    ([css, pointer]) => {
      const add = (tag, id, html) => {
        const element = document.createElement(tag);
        element.id = id;
        element.className = "demo";
        element.innerHTML = html;
        element.hidden = true;
        element.style.display = "none";
        document.body.append(element);
      };
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
      const policy = globalThis.trustedTypes?.createPolicy("demo", { createHTML: (text) => text });
      const html = (text) => policy?.createHTML(text) ?? text;
      add("div", "demo-pointer", html(pointer));
      add("div", "demo-caption", html(""));
      add("div", "demo-terminal", html("<header>Terminal of another program</header><pre></pre>"));
    },
    [style, arrow],
  );
  return new Stage(page);
}

class Stage {
  #page;
  #place = { x: 480, y: 330 };

  constructor(page) {
    this.#page = page;
  }

  async say(text) {
    await this.#show("demo-caption", text === "" ? "none" : "block");
    await this.#page.evaluate((line) => (document.querySelector("#demo-caption").textContent = line), text);
  }

  async showTerminal() {
    await this.#show("demo-terminal", "flex");
  }

  async print(text) {
    await this.#page.evaluate((all) => (document.querySelector("#demo-terminal pre").textContent = all), text);
  }

  /** Moves the pointer to the middle of an element in `steps` steps, and calls `onStep` after each. */
  async pointAt(locator, onStep, steps = 7) {
    const box = await locator.boundingBox();
    if (box === null) throw new Error(`There is nothing to point at: ${locator}`);
    const from = this.#place;
    const to = { x: box.x + Math.min(box.width / 2, 60), y: box.y + box.height / 2 };
    await this.#show("demo-pointer", "block");
    for (let step = 1; step <= steps; step++) {
      const part = 1 - (1 - step / steps) ** 2;
      this.#place = { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
      await this.#drawPointer(false);
      await onStep();
    }
    await this.#page.mouse.move(to.x, to.y);
  }

  /** Clicks where the pointer is. */
  async click(onStep) {
    await this.#drawPointer(true);
    await onStep();
    await this.#page.mouse.click(this.#place.x, this.#place.y);
    await this.#drawPointer(false);
  }

  async #drawPointer(isPressed) {
    await this.#page.evaluate(
      ([{ x, y }, pressed]) => {
        const pointer = document.querySelector("#demo-pointer");
        pointer.style.transform = `translate(${x - 4}px, ${y - 2}px)`;
        pointer.classList.toggle("pressed", pressed);
      },
      [this.#place, isPressed],
    );
  }

  async #show(id, display) {
    await this.#page.evaluate(([name, value]) => (document.getElementById(name).style.display = value), [id, display]);
  }
}
