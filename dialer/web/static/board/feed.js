// The live picture: a snapshot, then merge patches. The page knows at once when it no longer is live.
import { get, me } from "../lib/api.js";
import * as clock from "../lib/clock.js";
import { merge } from "../lib/patch.js";
import { batch, signal } from "../lib/ui.js";

/** The server speaks at least this often, also when nothing changes, three times over. */
const SILENCE_MS = 7000;

export const snapshot = signal(null);
/** live: figures are of now; lost: they are old; loading: none yet; failed: the server refuses, with its reason. */
export const link = signal({ state: "loading" });
/** The server's instant of the last news; what is drawn stops here when the link is lost. */
export const newsAt = signal(0);

let source = null;
let watchdog = 0;
let retry = 0;

const lose = () => {
  if (link.value.state === "live") link.value = { state: "lost", since: clock.now() };
};

function take(next) {
  clearTimeout(watchdog);
  watchdog = setTimeout(() => { lose(); again(0); }, SILENCE_MS);
  if (Number.isFinite(next.at)) clock.hear(next.at, next.speed);
  batch(() => {
    snapshot.value = next;
    newsAt.value = next.at;
    if (link.value.state !== "live") link.value = { state: "live" };
  });
}

const read = (event) => {
  try { return JSON.parse(event.data); } catch { return null; }
};

/** Follow the board until the page goes. */
export function follow() {
  source?.close();
  source = new EventSource("/api/v1/board/events");
  source.addEventListener("snapshot", (event) => { const whole = read(event); if (whole) take(whole); });
  source.addEventListener("delta", (event) => {
    const patch = read(event);
    if (patch && snapshot.value) take(merge(snapshot.value, patch));
  });
  source.onerror = () => {
    lose();
    if (source.readyState === EventSource.CLOSED) refused();
  };
}

/** The browser gave up: the session has ended, or the server does not want us. */
async function refused() {
  clearTimeout(watchdog);
  await me().catch(() => {});
  try {
    await get("/board");
  } catch (error) {
    if (!snapshot.value && error.status >= 400 && error.status < 500) link.value = { state: "failed", error };
  }
  again(3000);
}

function again(after_ms) {
  clearTimeout(retry);
  retry = setTimeout(follow, after_ms);
}

addEventListener("offline", lose);
addEventListener("online", () => again(0));
addEventListener("pageshow", (event) => { if (event.persisted) again(0); });
