// One table at a time, with the plot of one of its columns.
import { html, useState } from "../lib/ui.js";
import { knows, t, word } from "../lib/i18n.js";
import { percent } from "../lib/format.js";
import { asked, choose, fileOf } from "./state.js";
import { cell } from "./cell.js";
import { Plot } from "./plot.js";

const TOP_SHARE = 0.2;
const FIRST = { by_hour: "contacts", by_day: "contacts", by_agent: "talk_s", ranking: "value", best_hours: "contact_rate" };

const columnOf = (column) => word("report.col", column.name);

function noteOf(table) {
  if (table.name !== "ranking") return knows(`report.note.${table.name}`) ? t(`report.note.${table.name}`) : "";
  const top = Math.ceil(TOP_SHARE * table.rows.length);
  const share = table.rows[top - 1]?.at(-1);
  return share === null || share === undefined ? t("report.top.none") : t("report.top", { top, all: table.rows.length, share: percent(share, 0) });
}

export function Shown({ found }) {
  const names = found.tables.map((table) => table.name);
  const table = found.tables.find((one) => one.name === asked.value.table) ?? found.tables[0];
  return html`<nav class="tabs" aria-label=${t("report.tables")}>${names.map((name) => html`<a key=${name} href="#" aria-current=${name === table.name ? "page" : undefined}
      onClick=${(event) => { event.preventDefault(); choose({ table: name }); }}>${word("report.table", name)}</a>`)}</nav>
    <${One} key=${table.name} table=${table} currency=${found.currency} />`;
}

function One({ table, currency }) {
  const title = word("report.table", table.name);
  const figures = table.columns.filter((column) => column.kind !== "text" && column.name !== "rank" && column.name !== "cause");
  const [wanted, setWanted] = useState(FIRST[table.name] ?? "");
  const drawn = figures.find((column) => column.name === wanted && table.rows.some((row) => row[table.columns.indexOf(column)])) ?? figures[0];
  const note = noteOf(table);
  return html`<section class="card" aria-label=${title}><div class="head"><h2>${title}</h2>
      ${table.rows.length > 0 && html`<span class="row"><label>${t("report.plot")} <select value=${drawn.name} onChange=${(event) => setWanted(event.target.value)}>
        ${figures.map((column) => html`<option key=${column.name} value=${column.name}>${columnOf(column)}</option>`)}</select></label>
        <a class="button" download href=${fileOf("csv", table.name)}>${t("report.file", { name: "CSV" })}</a></span>`}</div>
    ${table.rows.length === 0 ? html`<p class="soft">${t("report.empty")}</p>` : html`<${Plot} table=${table} column=${drawn} title=${columnOf(drawn)} currency=${currency} />
      <div class="scroll" tabindex="0" role="group" aria-label=${title}><table><thead><tr>${table.columns.map((column) => html`<th key=${column.name} scope="col" class=${column.kind === "text" ? "" : "figure"}>${columnOf(column)}</th>`)}</tr></thead>
        <tbody>${table.rows.map((row, i) => html`<tr key=${i}>${row.map((value, k) => html`<td key=${k} class=${table.columns[k].kind === "text" ? "" : "figure"}>${cell(value, table.columns[k], currency)}</td>`)}</tr>`)}</tbody></table></div>`}
    ${note && table.rows.length > 0 && html`<p class="soft note">${note}</p>`}</section>`;
}
