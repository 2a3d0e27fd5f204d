// Steering a campaign: start, pause, drain, stop, mode, target, ring time-out. What hurts asks first.
import { html, signal, useState } from "../lib/ui.js";
import { t } from "../lib/i18n.js";
import { change, post } from "../lib/api.js";
import { Dialog, confirm } from "../lib/dialog.js";
import { attempt, inWords } from "../lib/notice.js";
import { campaigns } from "./state.js";

const opened = signal("");
const path = (id) => `/campaigns/${encodeURIComponent(id)}`;

async function run(id, verb, name) {
  const asks = verb === "drain" || verb === "stop";
  const sure = !asks || await confirm({ title: t(`steer.${verb}.title`, { name }), text: t(`steer.${verb}.text`), yes: t(`steer.${verb}`), danger: verb === "stop" });
  if (sure) await attempt(() => post(`${path(id)}/${verb}`), t(`done.${verb}`, { name }));
}

/** The one button most wanted now, and the way to the rest. */
export function Switches({ id, one, small }) {
  const main = one.state === "running" ? "pause" : "start";
  return html`<div class=${small ? "actions small" : "with-unit"}>
    <button type="button" onClick=${() => run(id, main, one.name)}>${t(`steer.${main}`)}</button>
    <button type="button" class=${small ? "quiet" : ""} onClick=${() => { opened.value = id; }}>${t("steer.more")}
      ${small && html`<span class="hidden"> ${one.name}</span>`}</button></div>`;
}

export function ControlPanel() {
  const id = opened.value;
  const one = id && campaigns.value[id];
  return one ? html`<${Panel} key=${id} id=${id} one=${one} />` : null;
}

const MODES = ["predictive", "progressive", "ratio"];

function Panel({ id, one }) {
  const now = one.settings ?? {};
  // Only what was touched is the supervisor's; the rest follows the campaign while the panel is open.
  const [edits, setEdits] = useState({});
  const edit = (name) => (event) => setEdits({ ...edits, [name]: event.target.value });
  const mode = edits.mode ?? now.mode ?? one.mode;
  const target = edits.target ?? String(Math.round((now.target ?? 0.03) * 1000) / 10);
  const ring = edits.ring ?? String(now.ring_timeout_s ?? 25);
  const [wrong, setWrong] = useState("");
  const close = () => { opened.value = ""; };
  const save = async (event) => {
    event.preventDefault();
    const wish = {};
    if (mode !== (now.mode ?? one.mode)) wish.mode = mode;
    if (edits.target !== undefined && Math.abs(Number(target) / 100 - now.target) > 1e-9) wish.target = Number(target) / 100;
    if (Number(ring) !== now.ring_timeout_s) wish.ring_timeout_s = Number(ring);
    if (!Object.keys(wish).length) return close();
    try {
      await change(path(id), wish);
      return close();
    } catch (error) {
      return setWrong(inWords(error));
    }
  };
  const verbs = ["start", "pause", "drain", "stop"].filter((verb) => ({ start: "running", pause: "paused", drain: "draining", stop: "stopped" })[verb] !== one.state);
  return html`<${Dialog} title=${t("steer.title", { name: one.name })} close=${close}>
    <div class="actions">${verbs.map((verb) => html`<button key=${verb} type="button" onClick=${() => run(id, verb, one.name)}>${t(`steer.${verb}`)}</button>`)}</div>
    <form onSubmit=${save}>
      ${wrong && html`<p class="wrong" role="alert">${wrong}</p>`}
      <fieldset class="options"><legend>${t("steer.mode")}</legend>
        ${MODES.map((name) => html`<label key=${name}><input type="radio" name="mode" value=${name} checked=${mode === name} onChange=${edit("mode")} />
          <span>${t(`mode.${name}`)} <span class="soft">${t(`mode.${name}.why`)}</span></span></label>`)}</fieldset>
      <div class="field"><label for="target">${t("steer.target")}</label>
        <div class="with-unit"><input id="target" type="number" min="0.1" max="10" step="0.1" required value=${target} onInput=${edit("target")} /> %</div>
        <small>${t("steer.target.why")}</small></div>
      <div class="field"><label for="ring">${t("steer.ring")}</label>
        <div class="with-unit"><input id="ring" type="number" min="15" max="40" step="1" required value=${ring} onInput=${edit("ring")} /> ${t("unit.s")}</div>
        <small>${t("steer.ring.why")}</small></div>
      <div class="dialog-foot"><button type="button" onClick=${close}>${t("cancel")}</button><button class="primary">${t("apply")}</button></div>
    </form>
  <//>`;
}
