// Stands in for the native module `@vscode/spdlog` of an editor that npm has installed without building anything: writes the
// same lines with Node alone. Without it every log of the editor is empty, ours too.
const { appendFileSync, existsSync, mkdirSync, renameSync, statSync } = require("node:fs");
const path = require("node:path");

const LEVELS = ["trace", "debug", "info", "warning", "error", "critical"];

class Logger {
  constructor(_type, _name, file, maxBytes, maxFiles) {
    this.file = file;
    this.maxBytes = maxBytes;
    this.maxFiles = maxFiles;
    this.level = 2;
    this.isPlain = false;
    mkdirSync(path.dirname(file), { recursive: true });
    this.bytes = existsSync(file) ? statSync(file).size : 0;
  }
  trace(message) {
    this.write(0, message);
  }
  debug(message) {
    this.write(1, message);
  }
  info(message) {
    this.write(2, message);
  }
  warn(message) {
    this.write(3, message);
  }
  error(message) {
    this.write(4, message);
  }
  critical(message) {
    this.write(5, message);
  }
  getLevel() {
    return this.level;
  }
  setLevel(level) {
    this.level = level;
  }
  setPattern() {}
  clearFormatters() {
    this.isPlain = true;
  }
  flush() {}
  drop() {}

  write(level, message) {
    if (level < this.level) return;
    const text = this.isPlain ? message : `${localTime(new Date())} [${LEVELS[level]}] ${message}\n`;
    if (this.bytes > 0 && this.bytes + text.length > this.maxBytes) this.rotate();
    this.bytes += text.length;
    try {
      appendFileSync(this.file, text);
    } catch {
      // The folder of the logs has gone: a test is over.
    }
  }

  /** `name.log` becomes `name.1.log`, as spdlog does it. */
  rotate() {
    const numbered = (number) => (number === 0 ? this.file : this.file.replace(/(\.[^.]*)?$/, `.${number}$1`));
    for (let number = this.maxFiles - 1; number >= 0; number--)
      if (existsSync(numbered(number))) renameSync(numbered(number), numbered(number + 1));
    this.bytes = 0;
  }
}

function localTime(date) {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, -1).replace("T", " ");
}

async function createLogger(name, file, maxBytes, maxFiles) {
  return new Logger("", name, file, maxBytes, maxFiles);
}

exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = createLogger;
exports.createAsyncRotatingLogger = createLogger;
