// Who changed what, newest first.
import { html, useEffect, useState } from "../lib/ui.js";
import { t } from "../lib/i18n.js";
import { clock, day } from "../lib/format.js";
import { get } from "../lib/api.js";
import { complain } from "../lib/notice.js";
import { Table } from "./list.js";

const PAGE = 100;
const EMPTY = (value) => value === null || value === undefined || (typeof value === "object" && !Object.keys(value).length);

/** What changed, as few words as it takes: only fields that differ. */
function difference({ before, after }) {
  if (EMPTY(before)) return EMPTY(after) ? "" : brief(after);
  const names = [...new Set([...Object.keys(before), ...Object.keys(after ?? {})])].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after?.[name]));
  return names.map((name) => `${name}: ${JSON.stringify(before[name] ?? null)} → ${JSON.stringify(after?.[name] ?? null)}`).join(", ");
}

const brief = (value) => Object.entries(value).map(([name, one]) => `${name}: ${JSON.stringify(one)}`).join(", ");

export function Audit() {
  const [rows, setRows] = useState(null);
  const [more, setMore] = useState(false);
  const load = async (before) => {
    try {
      const found = await get(`/audit?limit=${PAGE}${before ? `&before=${before}` : ""}`);
      setRows((known) => [...(before ? known : []), ...found]);
      setMore(found.length === PAGE);
    } catch (error) {
      setRows((known) => known ?? []);
      complain(error);
    }
  };
  useEffect(() => { load(0); }, []);
  const line = (row) => html`<tr key=${row.id}><td>${day(row.at)} ${clock(row.at)}</td><td><b>${row.actor}</b></td><td>${row.action}</td><td>${row.target}</td><td><code>${difference(row)}</code></td></tr>`;
  return html`<${Table} title=${t("admin.audit")} heads=${["audit.at", "audit.actor", "audit.action", "audit.target", "audit.what"]} rows=${rows} line=${line} />
    ${more && html`<p><button type="button" onClick=${() => load(rows.at(-1).id)}>${t("audit.older")}</button></p>`}`;
}
