// The agent's line to the dialer: presence is this socket. It reconnects by itself; the dialer then tells all anew.
import { signal } from "../lib/ui.js";
import { ApiError, me } from "../lib/api.js";
import * as clock from "../lib/clock.js";
import { complain } from "../lib/notice.js";

export const desk = signal(null);
/** loading, live, lost, or replaced: this desk was opened elsewhere. */
export const link = signal({ state: "loading" });

const FIRST_RETRY_MS = 300;
const LONGEST_RETRY_MS = 5000;
const ANSWER_MS = 10000;
const REPLACED = 4409;

let socket = null;
let count = 0;
let retry_ms = FIRST_RETRY_MS;
let timer = 0;
const waiting = new Map();

export function connect() {
  clearTimeout(timer);
  const line = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/desk`);
  socket = line;
  line.onmessage = (event) => { if (line === socket) hear(JSON.parse(event.data)); };
  line.onclose = (event) => { if (line === socket) closed(event.code); };
}

function hear(message) {
  if (message.type === "desk") {
    clock.hear(message.at, message.speed);
    retry_ms = FIRST_RETRY_MS;
    desk.value = message;
    if (link.value.state !== "live") link.value = { state: "live" };
    return;
  }
  const asked = waiting.get(message.re);
  if (message.type === "done") return void settle(message.re, () => asked?.resolve(message));
  if (message.type === "error") {
    const error = new ApiError(message.id, message.message, 409, message.field);
    if (asked) settle(message.re, () => asked.reject(error));
    else complain(error);
  }
}

function settle(n, how) {
  clearTimeout(waiting.get(n)?.timer);
  waiting.delete(n);
  how();
}

async function closed(code) {
  for (const [n, asked] of waiting) settle(n, () => asked.reject(new ApiError("unreachable", "")));
  if (code === REPLACED) {
    link.value = { state: "replaced" };
    return;
  }
  if (link.value.state === "live") link.value = { state: "lost", since: clock.now() };
  timer = setTimeout(connect, retry_ms);
  retry_ms = Math.min(LONGEST_RETRY_MS, retry_ms * 2);
  await me().catch(() => {});
}

addEventListener("online", () => { if (link.value.state === "lost") connect(); });

/** Ask for something; resolves when the dialer has done it, rejects with its advice. */
export function ask(verb, more = {}) {
  if (socket?.readyState !== WebSocket.OPEN) return Promise.reject(new ApiError("unreachable", ""));
  count += 1;
  const n = count;
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => settle(n, () => reject(new ApiError("unreachable", ""))), ANSWER_MS);
    waiting.set(n, { resolve, reject, timer: late });
    socket.send(JSON.stringify({ ...more, n, do: verb }));
  });
}
