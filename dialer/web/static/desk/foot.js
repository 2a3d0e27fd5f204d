// The agent's own: the interval with its countdown, and the day against its targets.
import { html, signal } from "../lib/ui.js";
import { said, t } from "../lib/i18n.js";
import { number, span } from "../lib/format.js";
import * as clock from "../lib/clock.js";
import { desk } from "./socket.js";
import { agent, state, wish } from "./state.js";

const SETTLE_MS = 150;
/** The interval being chosen; null when the dialer knows it. */
const moving = signal(null);
let timer = 0;

function slide(event) {
  clearTimeout(timer);
  moving.value = Number(event.target.value);
}

const choose = () => {
  clearTimeout(timer);
  timer = setTimeout(settle, SETTLE_MS);
};

/** Tell a chosen interval now: whoever is ready at once means it. */
async function settle() {
  clearTimeout(timer);
  const value = moving.peek();
  if (value === null) return;
  await wish("interval", { interval_s: value });
  if (moving.peek() === value) moving.value = null;
}

/** Take calls; in the own interval without the rest of it. */
export function goReady() {
  settle();
  return wish("ready", state.value === "interval" ? { skip_interval: true } : {});
}

export function Interval() {
  clock.second.value;
  const { interval_s, interval_min_s: least = 0, interval_max_s: most = 300, ready_at } = agent.value;
  const shown = moving.value ?? interval_s;
  const left = state.value === "interval" && ready_at ? Math.max(0, Math.ceil(ready_at - clock.now())) : null;
  return html`<section class="card own" aria-label=${t("interval.title")}>
    <div class="own-text"><h2>${t("interval.title")}</h2>
      <p class="value">${number(shown)}<small> ${t("interval.unit")}</small></p></div>
    <div class="slider"><input type="range" id="interval" min=${least} max=${most} step="5" value=${shown} style=${{ "--part": (shown - least) / Math.max(1, most - least) }} onInput=${slide} onChange=${choose}
        aria-label=${t("interval.title")} aria-valuetext=${t("span.s", { n: number(shown) })} aria-keyshortcuts="i" disabled=${state.value === "out"} />
      <p class="ends"><span>${number(least)}</span><span>${t("span.s", { n: number(most) })}</span></p></div>
    <div class="count">${left !== null && html`<p>${t("interval.next", { s: left })}</p>
      <button type="button" data-state="interval" class="state" onClick=${goReady}>${t("desk.ready_now")}<kbd>G</kbd></button>`}</div></section>`;
}

export function Today() {
  const today = desk.value?.today ?? {};
  const targets = today.targets ?? [];
  if (targets.length) return html`<section class="card today" aria-label=${t("today.title")}>${targets.map((one) => {
    const part = one.goal ? one.value / one.goal : 0;
    return html`<div key=${one.id}><h2>${said(one.title)}</h2><p class="value">${number(one.value)}<small> ${t("today.of", { goal: number(one.goal), unit: said(one.unit) })}</small></p>
      <p class="soft">${said(one.says)}</p>
      <div class="bar" data-state=${part >= 1 || !one.behind ? "ready" : "wrapup"} style=${{ "--part": Math.min(1, part) }}><i></i></div></div>`;
  })}</section>`;
  const figure = (title, value) => html`<div><h2>${title}</h2><p class="value">${value}</p></div>`;
  return html`<section class="card today" aria-label=${t("today.title")}>
    ${figure(t("today.talk"), span(today.talk_s ?? 0))}${figure(t("today.calls"), number(today.calls ?? 0))}
    ${figure(t("today.wait"), today.calls ? span((today.wait_s ?? 0) / today.calls) : "–")}</section>`;
}
