// Reports: choose days and campaign, see each table with its plot, take it away as a file.
import { html, render } from "../lib/ui.js";
import { speak, t } from "../lib/i18n.js";
import { me } from "../lib/api.js";
import { Menu } from "../lib/chrome.js";
import { Notices, inWords } from "../lib/notice.js";
import { Asking } from "./asking.js";
import { Shown } from "./shown.js";
import { failed, load, report, who } from "./state.js";

function Page() {
  if (failed.value && !who.value) return html`<div class="center"><div class="card"><h1>${t("report.failed")}</h1><p>${inWords(failed.value)}</p></div></div>`;
  return html`<div class="admin reports" data-link=${report.value ? "live" : "loading"}><header><h1>Cadence</h1><b>${t("page.reports")}</b><${Menu} who=${who.value} /></header>
    <main><${Asking} />
      ${failed.value && html`<p class="wrong" role="alert">${inWords(failed.value)}</p>`}
      ${report.value ? html`<${Shown} found=${report.value} />` : !failed.value && html`<p class="soft" role="status">${t("report.loading")}</p>`}
    </main><${Notices} /></div>`;
}

await speak();
document.title = `Cadence · ${t("page.reports")}`;
render(html`<${Page} />`, document.getElementById("page"));
try {
  const found = await me();
  if (found.role === "agent") failed.value = { id: "supervisors_only" };
  else {
    who.value = found;
    load();
  }
} catch (error) {
  failed.value = error;
}
