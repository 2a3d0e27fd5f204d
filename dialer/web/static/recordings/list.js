// The recordings found, newest first.
import { html } from "../lib/ui.js";
import { t, word } from "../lib/i18n.js";
import { clock, day, stopwatch } from "../lib/format.js";
import { found, loadMore, more, nameOf, opened } from "./state.js";

const COLUMNS = ["began", "length", "agent", "person", "campaign", "disposition"];

function Row({ one }) {
  const here = opened.value?.id === one.id;
  return html`<tr aria-current=${here ? "true" : undefined}>
    <td><a href=${`#/${one.id}`}><time>${day(one.started_at)} ${clock(one.started_at)}</time></a></td>
    <td class="time">${stopwatch(one.length_s)}</td>
    <td>${one.agent ? nameOf("agents", one.agent) : "–"}</td>
    <td>${one.lead_name || one.external_id || one.lead || "–"}</td>
    <td>${nameOf("campaigns", one.campaign)}</td>
    <td>${one.disposition ? word("disposition", one.disposition) : "–"}</td></tr>`;
}

export function List() {
  const rows = found.value;
  if (!rows) return null;
  return html`<div class="card">
    ${rows.length ? html`<div class="scroll" tabindex="0" role="region" aria-label=${t("page.recordings")}><table>
      <thead><tr>${COLUMNS.map((name) => html`<th key=${name} scope="col">${t(`rec.column.${name}`)}</th>`)}</tr></thead>
      <tbody>${rows.map((one) => html`<${Row} key=${one.id} one=${one} />`)}</tbody></table></div>`
    : html`<p class="empty">${t("rec.none")}</p>`}
    ${more.value && html`<p class="more"><button type="button" onClick=${loadMore}>${t("rec.more")}</button></p>`}</div>`;
}
