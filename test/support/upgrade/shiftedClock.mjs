// Lets a process live at another time, by node --import: recorded files expire. Environment: CLOCK_SHIFT_MS is added to the time.
const shiftMs = Number(process.env.CLOCK_SHIFT_MS);
const RealDate = Date;

globalThis.Date = class Date extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(Date.now());
    else super(...args);
  }

  static now() {
    return RealDate.now() + shiftMs;
  }
};
