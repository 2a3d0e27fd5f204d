// Who is this: name, number, what we know, and what came before.
import { html } from "../lib/ui.js";
import { knows, language, said, t } from "../lib/i18n.js";
import { clock as clockOf, day, isoDay, moment } from "../lib/format.js";
import * as clock from "../lib/clock.js";
import { subject } from "./state.js";

const DAY_S = 86400;

/** A field the operator named, in our words where we have some. */
const fieldName = (name) => { const known = `field.${name.toLowerCase().replace(/\s+/g, "_")}`; return knows(known) ? t(known) : name; };

/** A deadline is urgent within three days. */
function Due({ at, zone }) {
  const left = at - clock.now();
  const days = Math.ceil(left / DAY_S);
  const when = left < 0 ? t("lead.due.over") : days <= 1 ? moment(at, clock.now(), zone) : t("lead.due.days", { day: day(at, zone), n: days });
  return html`<dd class=${left < 3 * DAY_S ? "due" : ""}>${when}</dd>`;
}

const instant = (value) => (typeof value === "number" ? value : Date.parse(value) / 1000);

export function Facts({ lead }) {
  const rows = [];
  for (const [name, value] of Object.entries(lead.data ?? {}))
    if (value !== null && value !== "" && typeof value !== "object") rows.push(html`<dt key=${name}>${fieldName(name)}</dt><dd>${String(value)}</dd>`);
  const zone = lead.zone || undefined;
  return html`<dl class="facts">${lead.skills?.length > 0 && html`<dt>${t("lead.skills")}</dt><dd>${lead.skills.join(", ")}</dd>`}${rows}
    ${lead.external_id && html`<dt>${t("lead.reference")}</dt><dd>${lead.external_id}</dd>`}
    ${lead.deadline && html`<dt>${t("lead.deadline")}</dt><${Due} at=${instant(lead.deadline)} zone=${zone} />`}
    ${zone && html`<dt>${t("lead.time")}</dt><dd>${clockOf(clock.now(), zone)}</dd>`}
    ${lead.attempt_no && html`<dt>${t("lead.attempt")}</dt><dd>${t("lead.attempt.n", { n: lead.attempt_no })}</dd>`}</dl>`;
}

/** When something was, short: the clock today, the weekday this week, else the day. */
function ago(at) {
  const now = clock.now();
  const s = instant(at);
  if (isoDay(s) === isoDay(now)) return clockOf(s);
  const weekday = new Intl.DateTimeFormat(language.value === "zh" ? "zh-CN" : "en-GB", { weekday: "short" }).format(new Date(s * 1000));
  return now - s < 6 * DAY_S ? `${weekday} ${clockOf(s)}` : day(s);
}

export function Before({ rows }) {
  if (rows === null) return html`<h2 class="gap">${t("lead.before")}</h2><p class="soft">${t("admin.loading")}</p>`;
  if (!rows?.length) return html`<h2 class="gap">${t("lead.before")}</h2><p class="soft">${t("lead.before.none")}</p>`;
  return html`<h2 class="gap">${t("lead.before")}</h2><ul class="before">${rows.map((row, i) => html`<li key=${i}><span>${ago(row.at)}</span>
    <div>${said(row.text)}${row.by && html`<span class="soft">, ${row.by}</span>`}${row.note && html`<p class="note">${row.note}</p>`}</div></li>`)}</ul>`;
}

export function Person() {
  clock.second.value;
  const call = subject.value;
  const lead = call?.lead;
  if (!lead) return html`<section class="card person" aria-label=${t("lead.title")}><h2>${t("lead.title")}</h2><p class="soft">${t("lead.unknown")}</p></section>`;
  return html`<section class="card person" tabindex="0" aria-label=${t("lead.title")}>
    <h1 class="name">${lead.name || t("lead.no_name")}</h1>
    ${call.suspected && html`<p class="suspected" role="status">${t("call.suspected")}</p>`}
    <p class="sub">${[lead.number, lead.place].filter(Boolean).join(", ")}</p>
    <${Facts} lead=${lead} /><${Before} rows=${call.history} /></section>`;
}
