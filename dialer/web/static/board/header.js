// The board's top line: campaigns, health, time, the switches of the campaign looked at.
import { html } from "../lib/ui.js";
import { said, t } from "../lib/i18n.js";
import { clockWithSeconds, moment, span } from "../lib/format.js";
import * as clock from "../lib/clock.js";
import { Menu } from "../lib/chrome.js";
import { link, newsAt } from "./feed.js";
import { campaign, campaigns, chosen, database, maySteer, nodes, who } from "./state.js";
import { Switches } from "./controls.js";
import { State } from "./side.js";
import { arranging } from "./layout.js";

function Health() {
  const parts = Object.entries(nodes.value);
  if (database.value) parts.push([t("health.database"), database.value]);
  const trouble = parts.some(([, part]) => !part.up);
  return html`<div class=${`health ${trouble ? "trouble" : ""}`}>${parts.map(([name, part]) => html`<span key=${name} title=${said(part.why ?? "")}
    class=${part.up ? "" : "down"} data-state=${part.up ? "ready" : "bad"}><i class="dot"></i>${name}${part.up ? "" : ` ${t("health.down")}`}</span>`)}</div>`;
}

function Time() {
  clock.second.value;
  const at = link.value.state === "live" ? clock.now() : newsAt.value;
  return html`<span class="time">${at ? clockWithSeconds(at) : ""}</span>`;
}

export function Header() {
  const ids = Object.keys(campaigns.value);
  const tab = (id, name) => html`<a key=${id} href=${`#/${encodeURIComponent(id)}`} aria-current=${chosen.value === id ? "page" : undefined}>${name}</a>`;
  return html`<header>
    <h1>Cadence</h1>
    <nav class="tabs" aria-label=${t("card.campaigns")}>${ids.length > 1 && tab("", t("tabs.all"))}${ids.map((id) => tab(id, campaigns.value[id].name || id))}</nav>
    <div class="right"><${Health} /><${Time} />
      ${campaign.value && html`<${State} one=${campaign.value} />`}
      ${campaign.value && maySteer.value && html`<${Switches} id=${chosen.value} one=${campaign.value} />`}
      <${Menu} who=${who.value}>
        <button type="button" onClick=${() => { arranging.value = !arranging.value; }}>${t("arrange.title")}</button><//>
    </div></header>`;
}

/** What is said when the figures are no longer of now. */
export function Lost() {
  clock.second.value;
  if (link.value.state !== "lost") return null;
  const age = Math.max(0, clock.now() - newsAt.value);
  return html`<div class="lost" role="alert"><span><b>${t("lost.title")}</b> ${t("lost.text", { at: moment(newsAt.value, clock.now()), ago: span(age) })}</span></div>`;
}
