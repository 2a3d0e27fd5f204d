// The server's clock as this page knows it. Ages are computed with it, never with the reader's own clock.
import { signal } from "./ui.js";

const local = () => performance.now() / 1000;
let heardAt = local();
let serverAt = Date.now() / 1000;
let rate = 1;

/** A word of the server's time; `speed` is above one in a demo that runs faster than life. */
export function hear(at, speed) {
  if (Number.isFinite(speed) && speed > 0) rate = speed;
  serverAt = at;
  heardAt = local();
}

/** The server's now, in seconds since the epoch. */
export const now = () => serverAt + (local() - heardAt) * rate;

/** Counts whole seconds; whoever reads it is drawn again each second. */
export const second = signal(0);

setInterval(() => { second.value += 1; }, 1000);
