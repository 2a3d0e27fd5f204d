// One agent, opened from a tile: what a supervisor sees and may do.
import { html, signal, useState } from "../lib/ui.js";
import { t, word } from "../lib/i18n.js";
import { number, span } from "../lib/format.js";
import { change, post } from "../lib/api.js";
import { Dialog, confirm } from "../lib/dialog.js";
import { attempt } from "../lib/notice.js";
import * as clock from "../lib/clock.js";
import { Ears } from "./ears.js";
import { agentOf, campaigns, maySteer } from "./state.js";

const opened = signal("");

export const open = (id) => { opened.value = id; };

export function AgentPanel() {
  const id = opened.value;
  const agent = id && agentOf(id);
  if (!agent) return null;
  return html`<${Panel} key=${id} id=${id} agent=${agent} />`;
}

function Panel({ id, agent }) {
  clock.second.value;
  const close = () => { opened.value = ""; };
  const name = agent.name || id;
  const since = span(Math.max(0, clock.now() - agent.since));
  return html`<${Dialog} title=${name} close=${close}>
    <p><span class="pill" data-state=${agent.state}>${t(`state.${agent.state}`)}</span> ${since}
      ${agent.reason && html` · ${word("reason", agent.reason)}`}</p>
    <div class="rows" style=${{ marginTop: "12px" }}>
      <div><span>${t("agent.campaign")}</span><b>${campaigns.value[agent.campaign]?.name ?? agent.campaign ?? "–"}</b></div>
      <div><span>${t("agent.interval")}</span><b>${t("span.s", { n: number(agent.interval_s) })}</b></div>
      ${agent.skills?.length > 0 && html`<div><span>${t("agent.skills")}</span><b>${agent.skills.join(", ")}</b></div>`}
    </div>
    ${maySteer.value && html`<${Ears} id=${id} agent=${agent} />`}
    ${maySteer.value && html`<${Actions} id=${id} agent=${agent} name=${name} />`}
  <//>`;
}

function Actions({ id, agent, name }) {
  const [campaign, setCampaign] = useState(agent.campaign ?? "");
  const [interval, setInterval] = useState(String(Math.round(agent.interval_s)));
  const at = `/agents/${encodeURIComponent(id)}`;
  const out = agent.state === "out";
  const logOut = async () => {
    const sure = await confirm({ title: t("agent.logout.title", { name }), text: t("agent.logout.text"), yes: t("agent.logout"), danger: true });
    if (sure) attempt(() => post(`${at}/logout`), t("done.logout", { name }));
  };
  const move = async (event) => {
    event.preventDefault();
    const to = campaigns.value[campaign]?.name ?? campaign;
    const sure = out || await confirm({ title: t("agent.move.title", { name, to }), text: t("agent.move.text"), yes: t("agent.move") });
    if (sure) attempt(() => change(at, { campaign }), t("done.move", { name, to }));
  };
  const pace = (event) => {
    event.preventDefault();
    attempt(() => change(at, { interval_s: Number(interval) }), t("done.interval", { name, s: interval }));
  };
  return html`
    <div class="actions">
      <button type="button" disabled=${out || agent.state === "ready"} onClick=${() => attempt(() => post(`${at}/ready`), t("done.ready", { name }))}>${t("agent.ready")}</button>
      <button type="button" disabled=${out || agent.state === "away"} onClick=${() => attempt(() => post(`${at}/pause`), t("done.pause", { name }))}>${t("agent.pause")}</button>
      <button type="button" disabled=${out} onClick=${logOut}>${t("agent.logout")}</button>
    </div>
    <form class="field" onSubmit=${pace}><label for="agent-interval">${t("agent.interval")}</label>
      <div class="with-unit"><input id="agent-interval" type="number" min="0" max="3600" required value=${interval} onInput=${(event) => setInterval(event.target.value)} />
        ${t("unit.s")} <button>${t("apply")}</button></div></form>
    ${Object.keys(campaigns.value).length > 1 && html`<form class="field" onSubmit=${move}><label for="agent-campaign">${t("agent.move.to")}</label>
      <div class="with-unit"><select id="agent-campaign" value=${campaign} onChange=${(event) => setCampaign(event.target.value)}>
        ${Object.entries(campaigns.value).map(([key, one]) => html`<option key=${key} value=${key}>${one.name}</option>`)}</select>
        <button disabled=${campaign === agent.campaign}>${t("agent.move")}</button></div></form>`}`;
}
