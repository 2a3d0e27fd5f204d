// Administration: who may sign in, programs' keys, and who changed what.
import { html, render, signal } from "../lib/ui.js";
import { speak, t } from "../lib/i18n.js";
import { me } from "../lib/api.js";
import { Menu } from "../lib/chrome.js";
import { Questions } from "../lib/dialog.js";
import { Notices, inWords } from "../lib/notice.js";
import { Users } from "./users.js";
import { Tokens } from "./tokens.js";
import { Audit } from "./audit.js";

const PARTS = { users: Users, tokens: Tokens, audit: Audit };
const fromHash = () => { const name = location.hash.replace(/^#\/?/, ""); return name in PARTS ? name : "users"; };
const part = signal(fromHash());
addEventListener("hashchange", () => { part.value = fromHash(); });

const who = signal(null);
const failed = signal(null);

function Page() {
  if (failed.value) return html`<div class="center"><div class="card"><h1>${t("admin.failed")}</h1><p>${inWords(failed.value)}</p></div></div>`;
  const Part = PARTS[part.value];
  return html`<div class="admin" data-link=${who.value ? "live" : "loading"}><header><h1>Cadence</h1>
    <nav class="tabs" aria-label=${t("page.admin")}>${Object.keys(PARTS).map((name) => html`<a key=${name} href=${`#/${name}`} aria-current=${part.value === name ? "page" : undefined}>${t(`admin.${name}`)}</a>`)}</nav>
    <${Menu} who=${who.value} /></header>
    <main>${who.value && html`<${Part} key=${part.value} who=${who.value} />`}</main><${Questions} /><${Notices} /></div>`;
}

await speak();
document.title = `Cadence · ${t("page.admin")}`;
render(html`<${Page} />`, document.getElementById("page"));
try {
  const found = await me();
  if (found.role === "admin") who.value = found;
  else failed.value = { id: "admins_only" };
} catch (error) {
  failed.value = error;
}
