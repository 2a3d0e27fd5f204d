// Recordings: find conversations, hear them, see who spoke when.
import { html, render } from "../lib/ui.js";
import { speak, t } from "../lib/i18n.js";
import { me } from "../lib/api.js";
import { Menu } from "../lib/chrome.js";
import { Notices, inWords } from "../lib/notice.js";
import { Filters } from "./filters.js";
import { List } from "./list.js";
import { Player } from "./player.js";
import { failed, found, load, loadChoices, open, opened, who } from "./state.js";

const fromHash = () => /^#\/(\d{1,18})$/.exec(location.hash)?.[1];
const follow = () => { const id = fromHash(); if (id) open(id); else opened.value = null; };

function Page() {
  return html`<div class="admin recordings" data-link=${found.value ? "live" : "loading"}><header><h1>Cadence</h1><b>${t("page.recordings")}</b><${Menu} who=${who.value} /></header>
    <main>${failed.value && html`<p class="wrong" role="alert">${inWords(failed.value)}</p>`}
      ${opened.value && html`<${Player} key=${opened.value.id} one=${opened.value} />`}
      ${who.value && html`<${Filters} /><${List} />`}</main><${Notices} /></div>`;
}

await speak();
document.title = `Cadence · ${t("page.recordings")}`;
render(html`<${Page} />`, document.getElementById("page"));
try {
  who.value = await me();
  if (who.value.role !== "agent") loadChoices();
  await load();
  follow();
  addEventListener("hashchange", follow);
} catch (error) {
  failed.value = error;
}
