// What do I say: the script with the person's data filled in and marked.
import { html } from "../lib/ui.js";
import { t } from "../lib/i18n.js";
import { campaign, subject } from "./state.js";

/** The text cut at the filled-in values, so that they can be marked. Text stays text, whatever it holds. */
function marked(text, fields) {
  const values = (fields ?? []).map((field) => String(field?.value ?? field)).filter((value) => value.trim());
  if (!values.length) return text;
  const escaped = [...new Set(values)].sort((a, b) => b.length - a.length).map((value) => value.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return text.split(new RegExp(`(${escaped.join("|")})`)).map((part, i) => (i % 2 ? html`<mark key=${i}>${part}</mark>` : part));
}

export function Script() {
  const lines = subject.value?.script ?? [];
  return html`<section class="card said" aria-label=${t("script.title")}><h2>${t("script.of", { campaign: campaign.value.name ?? "" })}</h2>
    ${lines.length === 0 && html`<p class="soft">${t("script.none")}</p>`}
    <div class="script">${lines.map((line, i) => html`<p key=${i}>${marked(line.text ?? String(line), line.fields)}</p>`)}</div></section>`;
}
