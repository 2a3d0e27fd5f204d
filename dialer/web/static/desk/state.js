// What the desk is about now: derived from the dialer's last word.
import { computed, signal } from "../lib/ui.js";
import { attempt } from "../lib/notice.js";
import { ask, desk } from "./socket.js";

export const who = signal(null);
export const agent = computed(() => desk.value?.agent ?? null);
export const state = computed(() => agent.value?.state ?? "out");
export const call = computed(() => desk.value?.call ?? null);
export const wrapup = computed(() => desk.value?.wrapup ?? null);
export const preview = computed(() => desk.value?.preview ?? null);
export const campaign = computed(() => desk.value?.campaign ?? {});

/** The conversation on screen: the one going on, else the one just ended. */
export const subject = computed(() => call.value ?? wrapup.value?.call ?? null);
/** A disposition may be given now. */
export const judging = computed(() => Boolean(desk.value && (state.value === "wrapup" || (state.value === "talking" && call.value))));

/** Which dialog is open: "", pause, transfer, add, dial, callback, skip. */
export const opened = signal("");
export const close = () => { opened.value = ""; };

/** Ask the dialer; what goes wrong is said at the foot of the page. */
export const wish = (verb, more, done) => attempt(() => ask(verb, more), done);
