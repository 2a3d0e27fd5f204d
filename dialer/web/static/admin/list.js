// A table that is loaded when it is looked at and again after each change.
import { html, useEffect, useState } from "../lib/ui.js";
import { t } from "../lib/i18n.js";
import { get } from "../lib/api.js";
import { complain } from "../lib/notice.js";

/** [rows or null, load again]. */
export function useRows(path) {
  const [rows, setRows] = useState(null);
  const load = async () => {
    try {
      const found = await get(path);
      setRows(Array.isArray(found) ? found : found.items ?? []);
    } catch (error) {
      setRows([]);
      complain(error);
    }
  };
  useEffect(() => { load(); }, [path]);
  return [rows, load];
}

export function Table({ title, heads, rows, line, children }) {
  return html`<section class="card" aria-label=${title}><div class="head"><h2>${title}</h2>${children}</div>
    ${rows === null ? html`<p class="soft">${t("admin.loading")}</p>` : rows.length === 0 ? html`<p class="soft">${t("admin.empty")}</p>`
      : html`<div class="scroll" tabindex="0" role="group" aria-label=${title}><table><thead><tr>${heads.map((head) => html`<th key=${head} scope="col">${head ? t(head) : html`<span class="hidden">${t("admin.actions")}</span>`}</th>`)}</tr></thead>
        <tbody>${rows.map(line)}</tbody></table></div>`}</section>`;
}
