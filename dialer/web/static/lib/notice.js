// What came of a click, said once at the foot of the page and to screen readers.
import { html, signal } from "./ui.js";
import { knows, said, t } from "./i18n.js";

const shown = signal(null);
let timer = 0;

function show(text, bad) {
  clearTimeout(timer);
  shown.value = { text, bad };
  timer = setTimeout(() => { shown.value = null; }, bad ? 12000 : 5000);
}

export const tell = (text) => show(text, false);

/** An error in words: our own for the ids we know, else the server's advice. */
export const inWords = (error) => {
  if (knows(`error.${error.id}`)) return t(`error.${error.id}`);
  return said(error.message) || t("error.unknown", { id: error.id ?? error.name });
};

export const complain = (error) => show(inWords(error), true);

/** Do something and say what went wrong, if so; resolves to whether it went well. */
export async function attempt(doing, done) {
  try {
    await doing();
    if (done) tell(done);
    return true;
  } catch (error) {
    complain(error);
    return false;
  }
}

export function Notices() {
  const now = shown.value;
  return html`<div class="notices" role="status" aria-live="polite">
    ${now && html`<p class=${`notice ${now.bad ? "bad" : ""}`}>${now.text}
      <button type="button" class="quiet" onClick=${() => { shown.value = null; }}>${t("close")}</button></p>`}
  </div>`;
}
