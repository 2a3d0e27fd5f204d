// Small questions: why a pause, to whom a transfer, which number to dial.
import { html, useState } from "../lib/ui.js";
import { t, word } from "../lib/i18n.js";
import { Dialog } from "../lib/dialog.js";
import { inWords } from "../lib/notice.js";
import { ask, desk } from "./socket.js";
import { close, opened, wish } from "./state.js";

export function Dialogs() {
  const name = opened.value;
  if (name === "pause") return html`<${Pause} />`;
  if (name === "transfer" || name === "add") return html`<${Somebody} key=${name} verb=${name} />`;
  if (name === "dial") return html`<${Dial} />`;
  if (name === "skip") return html`<${Skip} />`;
  return null;
}

function Choice({ title, rows, pick }) {
  const keyed = (event) => {
    const row = rows[Number(event.key) - 1];
    if (row && !event.ctrlKey && !event.altKey) { event.preventDefault(); pick(row); }
  };
  return html`<${Dialog} title=${title} close=${close}><div class="dis" onKeyDown=${keyed}>
    ${rows.map((row, i) => html`<button type="button" key=${row} autofocus=${i === 0} onClick=${() => pick(row)}><span>${word("reason", row)}</span>${i < 9 && html`<kbd>${i + 1}</kbd>`}</button>`)}</div><//>`;
}

function Pause() {
  const reasons = desk.value?.pause_reasons ?? [];
  const pick = (reason) => { close(); wish("pause", { reason }); };
  return html`<${Choice} title=${t("pause.title")} rows=${reasons.length ? reasons : ["break"]} pick=${pick} />`;
}

const SKIP_REASONS = ["called_recently", "wrong_data", "not_now", "other"];

function Skip() {
  const pick = (reason) => { close(); wish("skip", { reason }); };
  return html`<${Choice} title=${t("skip.title")} rows=${desk.value?.skip_reasons?.length ? desk.value.skip_reasons : SKIP_REASONS} pick=${pick} />`;
}

const looksLikeNumber = (text) => /^\+?[\d\s().-]{3,}$/.test(text);

/** A number or a colleague. */
function Somebody({ verb }) {
  const [wrong, setWrong] = useState("");
  const colleagues = (desk.value?.colleagues ?? []).filter((one) => one.id !== desk.value?.agent.id);
  const go = async (event) => {
    event.preventDefault();
    const text = event.currentTarget.who.value.trim();
    const found = colleagues.find((one) => one.id === text || one.name === text);
    const to = found ? { to_agent: found.id } : looksLikeNumber(text) ? { to_number: text } : { to_agent: text };
    try {
      await ask(verb, to);
      close();
    } catch (error) {
      setWrong(inWords(error));
    }
  };
  return html`<${Dialog} title=${t(`${verb}.title`)} close=${close}><p class="soft">${t(`${verb}.text`)}</p>
    <form onSubmit=${go}>${wrong && html`<p class="wrong" role="alert">${wrong}</p>`}
      <label class="field"><span>${t("somebody")}</span><input name="who" list="colleagues" required autofocus autocomplete="off" /></label>
      <datalist id="colleagues">${colleagues.map((one) => html`<option key=${one.id} value=${one.id}>${[one.name, ...(one.skills ?? []), one.able === false && t("somebody.lacks")].filter(Boolean).join(", ")}</option>`)}</datalist>
      <div class="dialog-foot"><button type="button" onClick=${close}>${t("cancel")}</button><button class="primary">${t(`${verb}.go`)}</button></div></form><//>`;
}

function Dial() {
  const [wrong, setWrong] = useState("");
  const go = async (event) => {
    event.preventDefault();
    try {
      await ask("dial", { number: event.currentTarget.number.value.trim() });
      close();
    } catch (error) {
      setWrong(inWords(error));
    }
  };
  return html`<${Dialog} title=${t("dial.title")} close=${close}><p class="soft">${t("dial.text")}</p>
    <form onSubmit=${go}>${wrong && html`<p class="wrong" role="alert">${wrong}</p>`}
      <label class="field"><span>${t("dial.number")}</span><input name="number" type="tel" inputmode="tel" required autofocus autocomplete="off" /></label>
      <div class="dialog-foot"><button type="button" onClick=${close}>${t("cancel")}</button><button class="primary">${t("dial.go")}</button></div></form><//>`;
}
