// The smaller cards: calls now, the list, alarms, ledgers, campaigns.
import { html } from "../lib/ui.js";
import { said, t, word } from "../lib/i18n.js";
import { known, moment, number, percent, span } from "../lib/format.js";
import * as clock from "../lib/clock.js";
import { agents, alarms, campaigns, chosen, ledgers, maySteer, mean, sum, targets, viewed } from "./state.js";
import { Used, bounds } from "./figures.js";
import { sentence } from "./sentence.js";
import { Switches } from "./controls.js";
import { open } from "./agent.js";

const CALLS = [["dialing", "away"], ["ringing", "answer"], ["talking", "talking"], ["waiting", "bad"]];

export function Calls() {
  const now = Object.fromEntries(CALLS.map(([kind]) => [kind, sum((one) => one.calls?.[kind])]));
  const most = Math.max(10, ...Object.values(now));
  return html`<h2>${t("card.calls")}</h2>${CALLS.map(([kind, state]) => html`<div class="meter" key=${kind}>
    <div><span>${t(`calls.${kind}`)}</span><b>${number(now[kind])}</b></div>
    <div class="bar" data-state=${state} style=${{ "--part": now[kind] / most }}><i></i></div></div>`)}`;
}

export function List() {
  const total = sum((one) => one.list?.total);
  if (!total) return html`<h2>${t("card.list")}</h2><p class="empty">${t("list.empty")}</p>`;
  const reached = sum((one) => one.list?.reached);
  const ends = Object.values(viewed.value).map((one) => one.list?.done_at).filter(known);
  const rate = mean((one) => one.list?.answer_rate_15m);
  const risk = sum((one) => one.list?.at_risk);
  const resting = sum((one) => one.list?.not_callable);
  const why = said(Object.values(viewed.value).find((one) => one.list?.not_callable)?.list.not_callable_why);
  const row = (title, value, bad) => html`<div><span>${title}</span><b class=${bad ? "bad" : ""}>${value}</b></div>`;
  return html`<h2>${t("card.list")}</h2><div class="rows">
    ${row(t("list.reached"), t("list.of", { n: number(reached), total: number(total) }))}
    <p class="bar" style=${{ "--part": reached / total }}><i></i></p>
    ${row(t("list.rate"), known(rate) ? `${percent(rate, 0)} %` : "–")}
    ${row(t("list.done"), ends.length ? moment(Math.max(...ends), clock.now()) : "–")}
    ${risk > 0 && row(t("list.risk"), t("list.leads", { n: number(risk) }), true)}
    ${resting > 0 && row(t("list.resting"), why ? t("list.why", { n: number(resting), why }) : number(resting))}
  </div><${Lanes} />`;
}

/** What leads ask for, and who can serve it: only where some ask for anything. */
function Lanes() {
  const rows = Object.entries(viewed.value).flatMap(([id, one]) => (one.lanes ?? []).map((lane) => [id, lane]));
  if (!rows.length) return null;
  return html`<h3 class="gap">${t("lanes.title")}</h3><div class="rows lanes">${rows.map(([id, lane], i) => html`<div key=${`${id}/${i}`}>
    <span>${lane.skills.join(" + ") || t("lanes.any")}</span>
    <b class=${lane.why ? "bad" : ""}>${t(lane.more ? "lanes.many" : "lanes.leads", { n: number(lane.leads) })}</b></div>
    <p class="soft">${lane.why ? said(lane.why) : t("lanes.able", { ready: number(lane.ready), able: number(lane.able), calls: number(lane.in_flight) })}</p>`)}</div>`;
}

export function Alarms() {
  clock.second.value;
  const ofAll = Object.entries(alarms.value).filter(([, alarm]) => !chosen.value || !alarm.campaign || alarm.campaign === chosen.value);
  const grave = (alarm) => (alarm.level === "bad" ? 0 : 1);
  const rows = ofAll.sort(([, a], [, b]) => grave(a) - grave(b) || a.since - b.since);
  return html`<h2>${t("card.alarms")}</h2>
    ${rows.length === 0 && html`<p class="soft">${t("alarms.none")}</p>`}
    ${rows.map(([id, alarm]) => html`<div key=${id} class=${`alarm ${alarm.level === "bad" ? "bad" : ""}`}>
      <h3>${said(alarm.title)}<time>${span(clock.now() - alarm.since)}</time></h3>
      ${alarm.detail && html`<p>${said(alarm.detail)}</p>`}
      ${alarm.does && html`<p class="does">${said(alarm.does)}</p>`}
      ${alarm.remedy && html`<p class="do">${said(alarm.remedy)}</p>`}</div>`)}`;
}

export function Targets() {
  const names = new Map(agents.value.map(([id, agent]) => [id, agent.name || id]));
  const rows = Object.entries(targets.value);
  return html`<h2>${t("card.targets")}</h2>
    ${rows.length === 0 && html`<p class="soft">${t("targets.none")}</p>`}
    ${rows.map(([id, one]) => html`<div class="meter" key=${id}>
      <div><span>${one.title}</span><b>${t("targets.of", { value: number(one.value), goal: number(one.goal), unit: said(one.unit) })}</b></div>
      <div class="bar" data-state=${one.behind ? "wrapup" : "ready"} style=${{ "--part": one.goal ? Math.min(1, one.value / one.goal) : 0 }}><i></i></div>
      <p class="soft">${one.behind ? t("targets.behind", { n: number(one.behind), all: number(one.agents) }) : t("targets.well", { n: number(one.agents) })}</p>
      ${one.late.map((agent) => html`<p class="late" key=${agent.agent}><button type="button" class="link" onClick=${() => open(agent.agent)}>${names.get(agent.agent) ?? agent.agent}</button> ${number(agent.value)}/${number(agent.goal)}. ${said(agent.says)}</p>`)}</div>`)}`;
}

export function Ledgers() {
  const many = Object.keys(viewed.value).length > 1;
  return html`<h2>${t("card.ledgers")}</h2>
    ${ledgers.value.length === 0 && html`<p class="soft">${t("ledger.none")}</p>`}
    ${ledgers.value.map((ledger) => html`<div class="ledger rows" key=${`${ledger.campaign}/${ledger.id}`}>
      <div><span>${many ? `${ledger.campaign}: ` : ""}${word("ledger.name", ledger.title)}</span><b>${percent(ledger.share)} %</b></div>
      <${Used} ledger=${ledger} />
      <p>${bounds(ledger)}${known(ledger.left) ? t("ledger.left", { n: number(ledger.left, ledger.left < 10 ? 1 : 0) }) : ""}</p>
      <p>${t("ledger.counts", { abandoned: number(ledger.abandoned), answered: number(ledger.answered) })}</p>
      ${ledger.machines && html`<p class="soft">${t("ledger.machines", { share: percent(ledger.machines.share), bound: percent(ledger.machines.bound), source: t(`machines.source.${ledger.machines.source}`) })}</p>`}</div>`)}`;
}

const SHADE = { running: "ready", paused: "wrapup", draining: "interval", stopped: "away" };

export const State = ({ one }) => html`<span class="pill" data-state=${SHADE[one.state] ?? "away"}>${t(`run.${one.state}`)}</span>`;

export function Campaigns() {
  const rows = Object.entries(campaigns.value);
  return html`<h2>${t("card.campaigns")}</h2>
    ${rows.length === 0 && html`<p class="empty">${t("campaigns.empty")}</p>`}
    ${rows.map(([id, one]) => html`<div class="campaign" key=${id}>
      <div><a href=${`#/${encodeURIComponent(id)}`}>${one.name || id}</a><${State} one=${one} /></div>
      <p>${sentence(id, one).join(t("sentence.space"))}</p>
      ${maySteer.value && html`<${Switches} id=${id} one=${one} small />`}</div>`)}`;
}
