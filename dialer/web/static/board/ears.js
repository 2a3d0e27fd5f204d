// Supervisors who listen: the switches on an agent, who else listens, and a bar for as long as one's own phone does.
import { html } from "../lib/ui.js";
import { t } from "../lib/i18n.js";
import { span } from "../lib/format.js";
import { put, remove } from "../lib/api.js";
import { attempt } from "../lib/notice.js";
import * as clock from "../lib/clock.js";
import { campaigns, hearing, who } from "./state.js";

const MODES = ["listen", "whisper", "barge"];
const RANK = { agent: 0, supervisor: 1, admin: 2 };

/** Ears on a line: whether anybody listens is seen from afar. */
export const mark = (ears) => html`<svg class="ear" viewBox="0 0 16 16" role="img" aria-label=${t("ear.by", { who: ears.map((one) => one.user).join(", ") })}>
  <path d="M2 10V8a6 6 0 0 1 12 0v2" /><rect x="1" y="9" width="4" height="6" rx="1.5" /><rect x="11" y="9" width="4" height="6" rx="1.5" /></svg>`;

const hear = (id, mode) => attempt(() => put(`/listening/${encodeURIComponent(id)}`, { mode }));
const stop = () => attempt(() => remove(`/listening/${encodeURIComponent(who.value.user)}`));

/** Only what can be asked for now; a phone that rings is taken off first. */
function Modes({ id, agent, mine }) {
  const rule = campaigns.value[agent.campaign]?.listening ?? {};
  const modes = MODES.filter((mode) => (rule.modes ?? []).includes(mode));
  const rings = mine?.state === "ringing";
  return modes.map((mode) => html`<button type="button" key=${mode} title=${t(`ear.${mode}.why`)} aria-pressed=${mine?.mode === mode && mine.state !== "ending" ? "true" : "false"}
    disabled=${rings || (mode === "barge" && agent.state !== "talking")} onClick=${() => hear(id, mode)}>${t(`ear.${mode}`)}</button>`);
}

/** In an agent's panel. */
export function Ears({ id, agent }) {
  clock.second.value;
  const rule = campaigns.value[agent.campaign]?.listening ?? {};
  const ears = agent.ears ?? [];
  const may = agent.state !== "out" && agent.state !== "ringing" && (rule.modes ?? []).length && RANK[who.value?.role] >= RANK[rule.by ?? "supervisor"];
  if (!may && !ears.length) return null;
  const mine = ears.find((ear) => ear.user === who.value?.user);
  return html`<section class="ears"><h3>${t("ear.title")}</h3>
    ${may && html`<div class="actions"><${Modes} id=${id} agent=${agent} mine=${mine} />
      ${mine && html`<button type="button" onClick=${stop}>${t("ear.stop")}</button>`}</div>`}
    ${ears.map((ear) => html`<p key=${ear.user}><b>${ear.user}</b> ${t(ear.state === "on" ? `ear.${ear.mode}.does` : `ear.${ear.state}`)} · ${span(Math.max(0, clock.now() - ear.since))}</p>`)}
    ${may && html`<p class="soft">${t(`ear.told.${rule.told ?? "always"}`)}</p>`}</section>`;
}

/** Below the header while one's own phone listens: to whom, how, and the way out. */
export function Hearing() {
  clock.second.value;
  const found = hearing.value;
  if (!found) return null;
  const [id, agent, ear] = found;
  const name = agent.name || id;
  const says = ear.state === "on" ? t(`ear.${ear.mode}.you`, { name }) : t(`ear.${ear.state}.you`, { name });
  return html`<div class="hearing" role="status">${mark([ear])}<b>${says}</b> <span class="stopwatch">${span(Math.max(0, clock.now() - ear.since))}</span>
    <span class="acts"><${Modes} id=${id} agent=${agent} mine=${ear} /><button type="button" onClick=${stop}>${t("ear.stop")}</button></span></div>`;
}
