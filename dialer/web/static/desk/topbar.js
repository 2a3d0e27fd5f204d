// The top bar is the state: its colour, its word, its time, and what may be done in it, each with its key.
import { html } from "../lib/ui.js";
import { t, word } from "../lib/i18n.js";
import { number, stopwatch } from "../lib/format.js";
import * as clock from "../lib/clock.js";
import { Menu } from "../lib/chrome.js";
import { desk, link } from "./socket.js";
import { agent, call, campaign, opened, state, who, wish, wrapup } from "./state.js";
import { confirm } from "../lib/dialog.js";
import { goReady } from "./foot.js";

/** What may be done now: [key, name of the text, what it does, kind]. Keys and buttons share this list. */
export function actions() {
  if (link.value.state !== "live" || !desk.value) return [];
  const now = state.value;
  const list = [];
  if (now === "out") list.push(["l", "desk.login", () => wish("login"), "main"]);
  if (call.value) list.push(...ofTheCall(call.value));
  if (["away", "interval", "wrapup"].includes(now)) list.push(["g", now === "interval" ? "desk.ready_now" : "desk.ready", goReady, now === "wrapup" ? "" : "main"]);
  if (!agent.value.pausing && ["ready", "interval", "wrapup", "talking", "connecting"].includes(now))
    list.push(["p", "desk.pause", () => { opened.value = "pause"; }]);
  if (campaign.value.manual && ["ready", "away", "interval"].includes(now)) list.push(["d", "desk.dial", () => { opened.value = "dial"; }]);
  if (["away", "ready", "interval", "ringing"].includes(now)) list.push(["o", "desk.logout", logOut]);
  if (call.value && may(call.value, "hang_up")) list.push(["Escape", "desk.hang_up", () => wish("hang_up"), "main"]);
  return list;
}

const VERBS = ["hang_up", "hold", "unhold", "transfer", "add", "drop", "record"];

/** Whether the dialer would do it now. */
const may = (one, verb) => (one.verbs ?? VERBS).includes(verb);

function ofTheCall(one) {
  const { held, recording, party } = one;
  const list = [];
  if (party && may(one, "drop")) list.push(["d", party.kind === "transfer" ? "desk.transfer.cancel" : "desk.drop", () => wish("drop")]);
  if (one.verbs && may(one, "leave")) list.push(["b", "desk.leave", () => wish("leave")]);
  if (held && may(one, "unhold")) list.push(["h", "desk.unhold", () => wish("unhold")]);
  else if (!held && may(one, "hold")) list.push(["h", "desk.hold", () => wish("hold")]);
  if (may(one, "transfer")) list.push(["t", "desk.transfer", () => { opened.value = "transfer"; }]);
  if (!party && may(one, "add")) list.push(["a", "desk.add", () => { opened.value = "add"; }]);
  if (campaign.value.recording === "on_demand" && may(one, "record"))
    list.push(["r", recording ? "desk.record.stop" : "desk.record.start", () => wish("record", { on: !recording })]);
  return list;
}

async function logOut() {
  const sure = await confirm({ title: t("desk.logout.title"), text: t("desk.logout.text"), yes: t("desk.logout") });
  if (sure) wish("logout");
}

/** The clock of the state: counting down where an end is known, else up. */
function timer() {
  const now = clock.now();
  const { state: name, ready_at, since } = agent.value;
  if (name === "interval" && ready_at) return stopwatch(Math.ceil(ready_at - now));
  if (name === "wrapup" && wrapup.value?.ends_at) return stopwatch(Math.ceil(wrapup.value.ends_at - now));
  return name === "out" ? "" : stopwatch(now - since);
}

function title() {
  const one = agent.value;
  if (one.state === "talking" && call.value?.held) return t("desk.state.held");
  if (one.state === "away" && one.reason) return t("desk.state.away.why", { why: word("reason", one.reason) });
  return t(`desk.state.${one.state}`);
}

const PARTY = { ringing: "ringing", dialing: "ringing", asked: "ringing", consult: "held", held: "held" };

/** A second line where there is one: who else is on the line, what comes after, when the next call is likely. */
function aside() {
  const { pausing } = agent.value;
  const party = call.value?.party;
  const parts = [];
  if (party) parts.push(t(`desk.party.${PARTY[party.state] ?? "talking"}`, { who: party.name || party.number || party.agent || "" }));
  if (call.value?.recording && campaign.value.recording !== "on_demand") parts.push(t("desk.recording"));
  if (pausing) parts.push(t("desk.pausing", { why: typeof pausing === "string" ? word("reason", pausing) : t("state.away") }));
  return parts.join(" · ");
}

export const keyName = (key) => (key === "Escape" ? "Esc" : key.toUpperCase());

export function TopBar() {
  clock.second.value;
  const one = agent.value;
  const shown = one ? state.value : "out";
  return html`<header class="topbar" data-state=${shown}>
    <div class="now" role="status" aria-live="polite"><span class="st">${one ? title() : t("desk.loading")}</span></div>
    <span class="stopwatch tm" aria-hidden="true">${one ? timer() : ""}</span>
    <span class="aside">${one ? aside() : ""}</span>
    <div class="acts">${actions().map(([key, text, act, kind]) => html`<button type="button" key=${text} class=${kind ?? ""} aria-keyshortcuts=${key} onClick=${act}>
      ${t(text)}<kbd>${keyName(key)}</kbd></button>`)}</div>
    <${Menu} who=${who.value} /></header>`;
}

export const seconds = (value) => t("span.s", { n: number(value) });
