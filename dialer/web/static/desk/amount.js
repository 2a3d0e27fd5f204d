// What was it worth: asked with a disposition that carries an amount.
import { html, useState } from "../lib/ui.js";
import { t } from "../lib/i18n.js";
import { Dialog } from "../lib/dialog.js";
import { amountFor, dispose } from "./outcome.js";
import { close, opened } from "./state.js";

export function Amount() {
  const one = amountFor.value;
  if (opened.value !== "amount" || !one) return null;
  return html`<${Form} one=${one} />`;
}

function Form({ one }) {
  const [busy, setBusy] = useState(false);
  const send = async (event) => {
    event.preventDefault();
    const amount = event.currentTarget.amount.value.trim();
    setBusy(true);
    const went = await dispose(one, amount ? { amount } : {});
    setBusy(false);
    if (went) close();
  };
  return html`<${Dialog} title=${one.title} close=${close}><form onSubmit=${send}>
    <label class="field"><span>${t("amount.label", { currency: one.currency ? ` (${one.currency})` : "" })}</span>
      <input name="amount" type="number" min="0" max="1000000000000" step="0.01" inputmode="decimal" autofocus autocomplete="off" /><small>${t("amount.why")}</small></label>
    <div class="dialog-foot"><button type="button" onClick=${close}>${t("cancel")}</button><button class="primary" disabled=${busy}>${t("amount.go")}</button></div></form><//>`;
}
