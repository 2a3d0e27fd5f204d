// What came of it: one key each, a note beside it that a reload does not lose.
import { html, signal, useEffect } from "../lib/ui.js";
import { t } from "../lib/i18n.js";
import * as clock from "../lib/clock.js";
import { ask, desk } from "./socket.js";
import { attempt } from "../lib/notice.js";
import { judging, opened, state, subject, wrapup } from "./state.js";

const SAVE_AFTER_MS = 1500;
const note = signal("");
let noteOf = "";
let saved = "";
let timer = 0;

/** The disposition given or being given, by call. */
const given = signal({ call: "", code: "" });
export const callbackFor = signal(null);
export const amountFor = signal(null);

const kept = (id) => { try { return sessionStorage.getItem(`note.${id}`) ?? ""; } catch { return ""; } };
const keep = (id, text) => { try { sessionStorage.setItem(`note.${id}`, text); } catch { /* kept by the dialer alone */ } };

function write(text) {
  note.value = text;
  keep(noteOf, text);
  clearTimeout(timer);
  timer = setTimeout(save, SAVE_AFTER_MS);
}

function save() {
  clearTimeout(timer);
  const text = note.peek().trim();
  if (!text || text === saved || !noteOf) return Promise.resolve();
  saved = text;
  return ask("note", { text, call: noteOf }).catch(() => { saved = ""; });
}

/** Give a disposition; one that promises a call or carries an amount asks for that first. */
export function choose(one) {
  if (!judging.value) return;
  if (one.callback) {
    callbackFor.value = one;
    opened.value = "callback";
    return;
  }
  if (one.asks_amount) {
    amountFor.value = one;
    opened.value = "amount";
    return;
  }
  dispose(one);
}

export async function dispose(one, more = {}) {
  const id = subject.value?.id ?? "";
  const before = given.value;
  given.value = { call: id, code: one.code };
  clearTimeout(timer);
  const text = note.peek().trim();
  const went = await attempt(() => ask("dispose", { code: one.code, ...(text ? { note: text } : {}), ...more }), t("done.dispose", { what: one.title }));
  if (went) saved = text;
  else if (given.value.call === id) given.value = before;
  return went;
}

/** Letters that mean something else on this page. */
const TAKEN = "ladhtrgponib";

/** Hot keys of the dispositions: their own where it is free, else their place. */
export function hotKeys() {
  const rows = desk.value?.dispositions ?? [];
  const own = (one) => { const key = String(one.key ?? "").toLowerCase(); return key && !TAKEN.includes(key) ? key : ""; };
  const used = new Set(rows.map(own));
  const free = [..."1234567890"].filter((key) => !used.has(key));
  return rows.map((one) => [own(one) || free.shift() || "", one]);
}

export function Outcome() {
  clock.second.value;
  const id = subject.value?.id ?? "";
  useEffect(() => {
    noteOf = id;
    saved = "";
    note.value = id ? kept(id) || subject.peek()?.note || "" : "";
    return () => { save(); };
  }, [id]);
  const may = judging.value;
  const ends = state.value === "wrapup" && wrapup.value?.ends_at ? wrapup.value : null;
  const part = ends ? Math.max(0, Math.min(1, (ends.ends_at - clock.now()) / Math.max(1, ends.ends_at - ends.since))) : 0;
  const chosen = given.value.call === id ? given.value.code : subject.value?.disposition;
  return html`<section class="card outcome" aria-label=${t("outcome.title")}><h2>${t("outcome.title")}</h2>
    <div class="dis">${hotKeys().map(([key, one]) => html`<button type="button" key=${one.code} disabled=${!may} aria-pressed=${chosen === one.code ? "true" : "false"}
      aria-keyshortcuts=${key} onClick=${() => choose(one)}><span>${one.title}</span>${key && html`<kbd>${key.toUpperCase()}</kbd>`}</button>`)}</div>
    <label class="field notes"><span>${t("outcome.note")}<kbd>N</kbd></span>
      <textarea id="note" rows="4" maxlength="4000" value=${note.value} onInput=${(event) => write(event.target.value)} onBlur=${save}></textarea></label>
    ${ends && html`<div class="left"><p>${t("outcome.left", { s: Math.max(0, Math.ceil(ends.ends_at - clock.now())) })}</p>
      <div class="bar" data-state="wrapup" style=${{ "--part": part }}><i></i></div></div>`}
    ${!may && html`<p class="soft">${t("outcome.none")}</p>`}</section>`;
}
