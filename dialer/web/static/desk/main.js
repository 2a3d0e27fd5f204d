// The agent's desk: who is this, what do I say, what came of it?
import { html, render } from "../lib/ui.js";
import { speak, t } from "../lib/i18n.js";
import { me } from "../lib/api.js";
import { Questions } from "../lib/dialog.js";
import { listen } from "../lib/keys.js";
import { Notices, inWords } from "../lib/notice.js";
import { span } from "../lib/format.js";
import * as clock from "../lib/clock.js";
import { connect, desk, link } from "./socket.js";
import { opened, preview, state, subject, who, wish } from "./state.js";
import { TopBar, actions } from "./topbar.js";
import { Person } from "./person.js";
import { Script } from "./script.js";
import { Outcome, choose, hotKeys } from "./outcome.js";
import { Amount } from "./amount.js";
import { Callback } from "./callback.js";
import { Dialogs } from "./dialogs.js";
import { Interval, Today } from "./foot.js";
import { Idle, Preview } from "./idle.js";

function Lost() {
  clock.second.value;
  const { state: now, since } = link.value;
  if (now === "replaced") return html`<div class="lost" role="alert"><b>${t("desk.replaced")}</b> <button type="button" onClick=${() => location.reload()}>${t("desk.here")}</button></div>`;
  if (now !== "lost") return null;
  return html`<div class="lost" role="alert"><b>${t("lost.title")}</b> ${t("desk.lost", { ago: span(clock.now() - since) })}</div>`;
}

/** A supervisor is on the line, where the campaign's rule says so. */
function Listened() {
  const how = link.value.state === "live" && desk.value?.listened;
  return how ? html`<div class="listened" role="status"><b>${t(`desk.listened.${how}`)}</b></div>` : null;
}

function Body() {
  if (!desk.value) return html`<main class="desk-idle" aria-busy="true"><section class="card next"><h1>${t("desk.loading")}</h1></section></main>`;
  if (preview.value && !subject.value) return html`<${Preview} />`;
  if (subject.value && ["talking", "connecting", "dialing", "wrapup"].includes(state.value))
    return html`<main class="desk-main" id="main"><${Person} /><${Script} /><${Outcome} /></main>`;
  return html`<${Idle} />`;
}

function Page() {
  const failed = link.value.state === "failed";
  if (failed) return html`<div class="center"><div class="card"><h1>${t("desk.failed")}</h1><p>${inWords(link.value.error)}</p></div></div>`;
  return html`<div class=${`desk ${["lost", "replaced"].includes(link.value.state) ? "stale" : ""}`} data-link=${link.value.state} data-now=${desk.value ? state.value : "loading"}>
    <${TopBar} /><${Lost} /><${Listened} /><${Body} />
    ${desk.value && html`<footer><${Interval} /><${Today} /></footer>`}
    <${Dialogs} /><${Callback} /><${Amount} /><${Questions} /><${Notices} /></div>`;
}

/** Every key the page knows now. */
function keys() {
  const map = {};
  for (const [key, one] of hotKeys()) if (key) map[key] = () => choose(one);
  for (const [key, , act] of actions()) map[key] = act;
  const note = document.getElementById("note");
  if (note) map.n = () => note.focus();
  const slider = document.getElementById("interval");
  if (slider) map.i = () => slider.focus();
  if (preview.value && !subject.value) {
    map.Enter = () => wish("accept");
    map.s = () => { opened.value = "skip"; };
  }
  return map;
}

await speak();
document.title = `Cadence · ${t("page.desk")}`;
render(html`<${Page} />`, document.getElementById("page"));
listen(keys);
try {
  who.value = await me();
  if (who.value.agent_id) connect();
  else link.value = { state: "failed", error: { id: "no_agent" } };
} catch (error) {
  link.value = { state: "failed", error };
}
