// Which days, whose calls.
import { html, useState } from "../lib/ui.js";
import { t } from "../lib/i18n.js";
import { isoDay } from "../lib/format.js";
import { asked, busy, choose, fileOf, report } from "./state.js";

const PERIODS = ["today", "yesterday", "7d", "30d"];
const FILES = ["html", "xlsx", "json"];

export function Asking() {
  const { period, campaign, team } = asked.value;
  const { campaigns = {}, teams = [] } = report.value?.choices ?? {};
  const today = isoDay(Date.now() / 1000);
  const [first, last] = period.includes("..") ? period.split("..") : /^\d{4}-\d\d-\d\d$/.test(period) ? [period, period] : ["", ""];
  const [own, setOwn] = useState(Boolean(first));
  const range = (event) => {
    event.preventDefault();
    const { from, to } = event.currentTarget;
    const [one, other] = [from.value, to.value || from.value].sort();
    if (one) choose({ period: one === other ? one : `${one}..${other}` });
  };
  return html`<section class="card asking" aria-label=${t("report.ask")}>
    <div class="periods" role="group" aria-label=${t("report.days")}>${PERIODS.map((name) => html`<button type="button" key=${name} aria-pressed=${period === name ? "true" : "false"} onClick=${() => { setOwn(false); choose({ period: name }); }}>${t(`report.period.${name}`)}</button>`)}
      <button type="button" aria-pressed=${own ? "true" : "false"} onClick=${() => setOwn(true)}>${t("report.period.range")}</button></div>
    ${own && html`<form class="range" onSubmit=${range}><label>${t("report.from")} <input type="date" name="from" required defaultValue=${first || today} max="2999-12-31" /></label>
      <label>${t("report.to")} <input type="date" name="to" defaultValue=${last || today} max="2999-12-31" /></label><button class="primary">${t("report.show")}</button></form>`}
    <div class="whose"><label>${t("report.campaign")} <select value=${campaign} onChange=${(event) => choose({ campaign: event.target.value })}>
        <option value="">${t("report.all")}</option>${Object.entries(campaigns).map(([id, name]) => html`<option key=${id} value=${id}>${name}</option>`)}</select></label>
      ${teams.length > 0 && html`<label>${t("report.team")} <select value=${team} onChange=${(event) => choose({ team: event.target.value })}>
        <option value="">${t("report.all")}</option>${teams.map((id) => html`<option key=${id} value=${id}>${id}</option>`)}</select></label>`}
      <span class="files" role="group" aria-label=${t("report.files")}>${FILES.map((name) => html`<a key=${name} class="button" download href=${fileOf(name)}>${t("report.file", { name: name.toUpperCase() })}</a>`)}</span></div>
    <p class="soft state" role="status">${busy.value ? t("report.loading") : report.value ? t("report.about", { period: report.value.period, zone: report.value.zone }) : ""}</p>
  </section>`;
}
