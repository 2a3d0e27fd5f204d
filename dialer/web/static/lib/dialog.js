// Dialogs are the browser's own: focus stays inside, Escape closes, the page behind is out of reach.
import { html, signal, useEffect, useMemo, useRef } from "./ui.js";
import { t } from "./i18n.js";

let count = 0;

/** A modal dialog with a title; `close` is called however it was closed. */
export function Dialog({ title, close, children, wide }) {
  const box = useRef(null);
  const id = useMemo(() => `dialog-${(count += 1)}`, []);
  useEffect(() => {
    const before = document.activeElement;
    box.current.showModal();
    (box.current.querySelector("[autofocus]") ?? box.current.querySelector("h2")).focus();
    return () => { if (before?.isConnected) before.focus(); };
  }, []);
  const outside = (event) => { if (event.target === box.current) close(); };
  // Closed in the same breath as the key: the browser's own close event may come after the next key.
  const cancel = (event) => { event.preventDefault(); close(); };
  return html`<dialog ref=${box} class=${wide ? "wide" : ""} aria-labelledby=${id} onCancel=${cancel} onClose=${close} onMouseDown=${outside}>
    <div class="dialog-body">
      <div class="dialog-head"><h2 id=${id} tabindex="-1">${title}</h2>
        <button type="button" class="quiet" onClick=${close}>${t("close")}</button></div>
      ${children}
    </div>
  </dialog>`;
}

const question = signal(null);

/** Ask before something that hurts; resolves to whether it was confirmed. */
export const confirm = (ask) => new Promise((resolve) => { question.value = { ...ask, resolve }; });

/** Where questions appear; once per page. */
export function Questions() {
  const asked = question.value;
  if (!asked) return null;
  const answer = (yes) => { question.value = null; asked.resolve(yes); };
  return html`<${Dialog} key=${asked.title} title=${asked.title} close=${() => answer(false)}>
    <p>${asked.text}</p>
    <div class="dialog-foot">
      <button type="button" onClick=${() => answer(false)}>${t("cancel")}</button>
      <button type="button" class=${asked.danger ? "danger" : "primary"} onClick=${() => answer(true)}>${asked.yes}</button>
    </div>
  <//>`;
}
