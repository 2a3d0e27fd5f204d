// Between conversations: what comes next, and what was promised.
import { html } from "../lib/ui.js";
import { said, t } from "../lib/i18n.js";
import { moment, stopwatch } from "../lib/format.js";
import * as clock from "../lib/clock.js";
import { desk } from "./socket.js";
import { campaign, opened, preview, state, wish } from "./state.js";
import { Before, Facts } from "./person.js";

function next() {
  const { forecast } = desk.value;
  if (state.value === "out") return [t("idle.out"), t("idle.out.text")];
  if (state.value === "ringing") return [t("idle.ringing"), t("idle.ringing.text")];
  if (state.value === "away") return [t("idle.away"), t("idle.away.text")];
  const why = campaign.value.state !== "running" ? said(campaign.value.why) : "";
  if (why) return [t("idle.quiet"), why];
  if (!forecast) return [t("idle.soon"), t("idle.soon.text")];
  return [forecast.ready_in_s === undefined || forecast.ready_in_s === null ? said(forecast.text) : t("idle.forecast", { s: Math.max(1, Math.round(forecast.ready_in_s)) }), t("idle.soon.text")];
}

function Callbacks() {
  const rows = desk.value.callbacks ?? [];
  return html`<section class="card promised" aria-label=${t("callbacks.title")}><h2>${t("callbacks.title")}</h2>
    ${rows.length === 0 && html`<p class="soft">${t("callbacks.none")}</p>`}
    <ul class="before">${rows.map((row, i) => html`<li key=${i}><span>${moment(row.at, clock.now())}</span><div>${row.name}${row.reason && html`<p class="note">${row.reason}</p>`}</div></li>`)}</ul></section>`;
}

export function Idle() {
  clock.second.value;
  const [head, text] = next();
  return html`<main class="desk-idle" id="main"><section class="card next" aria-live="polite"><h1>${head}</h1><p>${text}</p>
    ${state.value === "out" && html`<button type="button" class="primary big" onClick=${() => wish("login")}>${t("desk.login")}<kbd>L</kbd></button>`}
    ${state.value === "away" && html`<button type="button" class="primary big" onClick=${() => wish("ready")}>${t("desk.ready")}<kbd>G</kbd></button>`}</section>
    <${Callbacks} /></main>`;
}

/** The next person, shown before they are called. */
export function Preview() {
  clock.second.value;
  const { lead, ends_at, history } = preview.value;
  const left = ends_at ? Math.max(0, Math.ceil(ends_at - clock.now())) : null;
  return html`<main class="desk-preview" id="main"><section class="card person" aria-label=${t("preview.title")}><h2>${t("preview.title")}</h2>
    <h1 class="name">${lead.name || t("lead.no_name")}</h1><p class="sub">${[lead.number, lead.place].filter(Boolean).join(", ")}</p>
    <${Facts} lead=${lead} /><${Before} rows=${history ?? lead.history} /></section>
    <section class="card next"><h1>${left === null ? t("preview.ask") : t("preview.left", { time: stopwatch(left) })}</h1><p>${t("preview.text")}</p>
      <p class="actions"><button type="button" class="primary big" onClick=${() => wish("accept")}>${t("preview.accept")}<kbd>↵</kbd></button>
      <button type="button" class="big" onClick=${() => { opened.value = "skip"; }}>${t("preview.skip")}<kbd>S</kbd></button></p></section></main>`;
}
