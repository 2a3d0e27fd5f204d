// The wallboard: is the floor flowing, and why does the dialer do what it does?
import { html, render } from "../lib/ui.js";
import { speak, t } from "../lib/i18n.js";
import { me } from "../lib/api.js";
import { Questions } from "../lib/dialog.js";
import { Notices, inWords } from "../lib/notice.js";
import { follow, link } from "./feed.js";
import { chosen, targets, who } from "./state.js";
import { Header, Lost } from "./header.js";
import { Figures } from "./figures.js";
import { Strip } from "./strip.js";
import { Floor } from "./floor.js";
import { Alarms, Calls, Campaigns, Ledgers, List, Targets } from "./side.js";
import { Chart } from "./chart.js";
import { ArrangeBar, Tools, arranging, dragging, layout, remember } from "./layout.js";
import { ControlPanel } from "./controls.js";
import { AgentPanel } from "./agent.js";
import { Hearing } from "./ears.js";

const CARDS = { figures: Figures, strip: Strip, floor: Floor, alarms: Alarms, campaigns: Campaigns, calls: Calls, list: List, ledgers: Ledgers, targets: Targets, history: Chart };

function Card({ name }) {
  if (name === "targets" && !Object.keys(targets.value).length && !arranging.value) return null;
  if (name === "campaigns" && chosen.value && !arranging.value) return null;
  const Content = CARDS[name];
  return html`<section class=${`card card-${name}`} aria-label=${t(`card.${name}`)} ...${dragging(name)}>
    ${arranging.value && html`<${Tools} name=${name} />`}<${Content} /></section>`;
}

function skip(event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function Shape() {
  return html`<main class="shape" aria-busy="true"><div class="column"><div class="card"><h2>${t("loading")}</h2></div><div class="card"></div><div class="card"></div></div>
    <div class="column"><div class="card"></div><div class="card"></div></div></main>`;
}

function Page() {
  const { state, error } = link.value;
  if (state === "failed") return html`<div class="center"><div class="card"><h1>${t("failed.title")}</h1><p>${inWords(error)}</p></div></div>`;
  const loading = state === "loading";
  const column = (place) => html`<div class=${`column ${place}`}>${layout.value[place].map((name) => html`<${Card} key=${name} name=${name} />`)}</div>`;
  return html`<div class=${`board ${state === "lost" ? "stale" : ""} ${arranging.value ? "arranging" : ""}`} data-link=${state}>
    <a class="skip" href="#main" onClick=${skip}>${t("skip")}</a>
    <${Header} /><${Lost} /><${Hearing} /><${ArrangeBar} />
    ${loading ? html`<${Shape} />` : html`<main id="main" tabindex="-1">${column("main")}${column("side")}</main>`}
    <${ControlPanel} /><${AgentPanel} /><${Questions} /><${Notices} /></div>`;
}

await speak();
document.title = `Cadence · ${t("page.board")}`;
render(html`<${Page} />`, document.getElementById("page"));
try {
  who.value = await me();
  await remember();
  follow();
} catch (error) {
  link.value = { state: "failed", error };
}
