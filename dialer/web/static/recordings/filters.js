// What to look for.
import { html } from "../lib/ui.js";
import { t } from "../lib/i18n.js";
import { choices, filters, load, who } from "./state.js";

const set = (name) => (event) => { filters.value = { ...filters.value, [name]: event.target.value }; };

function Choice({ name, label, options }) {
  return html`<label class="field"><span>${label}</span><select name=${name} value=${filters.value[name]} onChange=${(event) => { set(name)(event); load(); }}>
    <option value="">${t("rec.all")}</option>
    ${options.map((one) => html`<option key=${one.id} value=${one.id}>${one.name || one.id}</option>`)}</select></label>`;
}

function Field({ name, label, ...how }) {
  return html`<label class="field"><span>${label}</span><input name=${name} value=${filters.value[name]} onInput=${set(name)} ...${how} /></label>`;
}

export function Filters() {
  const supervises = who.value.role !== "agent";
  const go = (event) => { event.preventDefault(); load(); };
  return html`<form class="card filters" aria-label=${t("rec.filters")} onSubmit=${go}>
    ${supervises && html`<${Choice} name="campaign" label=${t("rec.campaign")} options=${choices.value.campaigns} />
      <${Choice} name="agent" label=${t("rec.agent")} options=${choices.value.agents} />`}
    <${Field} name="from" label=${t("rec.from")} type="date" />
    <${Field} name="to" label=${t("rec.to")} type="date" />
    <${Field} name="shortest_s" label=${t("rec.shortest")} type="number" min="0" max="100000" />
    <${Field} name="disposition" label=${t("rec.disposition")} pattern="[a-z0-9][a-z0-9\\-]{0,31}" autocapitalize="none" />
    <${Field} name="lead" label=${t("rec.lead")} type="number" min="1" />
    <button class="primary">${t("rec.find")}</button></form>`;
}
