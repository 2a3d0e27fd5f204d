// Who changed what, newest first.
import { html, useEffect, useState } from "../lib/ui.js";
import { t } from "../lib/i18n.js";
import { clock, day } from "../lib/format.js";
import { get } from "../lib/api.js";
import { complain } from "../lib/notice.js";
import { Table } from "./list.js";

const PAGE = 100;
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const empty = (value) => value === null || value === undefined || value === "" || (isObject(value) && !Object.keys(value).length);
const plain = (value) => (typeof value === "string" ? value : JSON.stringify(value ?? null));

/** What changed, in as few words as it takes: only what was set to something else. */
function difference({ before, after }) {
  if (empty(after)) return "";
  if (!isObject(after)) return empty(before) ? plain(after) : `${plain(before)} → ${plain(after)}`;
  return Object.entries(after).filter(([name, value]) => !isObject(before) || plain(before[name]) !== plain(value))
    .map(([name, value]) => (isObject(before) && name in before ? `${name}: ${plain(before[name])} → ${plain(value)}` : `${name}: ${plain(value)}`)).join(", ");
}

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
