// Four figures readable from five metres, each with the comparison that gives it meaning.
import { html } from "../lib/ui.js";
import { t, word } from "../lib/i18n.js";
import { known, number, percent } from "../lib/format.js";
import { ledgers, mean, worst } from "./state.js";

function Figure({ title, value, unit, children }) {
  return html`<div class="figure"><h2>${title}</h2>
    <div class="value">${value}<small>${unit}</small></div><div>${children}</div></div>`;
}

export function Figures() {
  const wait = mean((one) => one.figures?.wait_s);
  const oneLine = mean((one) => one.figures?.wait_one_line_s);
  const talk = mean((one) => one.figures?.talk_min_h);
  const before = mean((one) => one.figures?.talk_min_h_before);
  const p50 = worst((one) => one.figures?.answer_to_bridge_ms?.p50);
  const p95 = worst((one) => one.figures?.answer_to_bridge_ms?.p95);
  const p99 = worst((one) => one.figures?.answer_to_bridge_ms?.p99);
  const ledger = ledgers.value[0];
  const ms = (value) => (known(value) && value < 0.05 ? "<0.1" : number(value, known(value) && value < 10 ? 1 : 0));
  return html`<div class="figures">
    <${Figure} title=${t("figure.wait")} value=${number(wait)} unit=${t("unit.s")}>
      <p>${known(oneLine) ? t("figure.wait.without", { s: number(oneLine) }) : t("figure.wait.unknown")}</p><//>
    <${Figure} title=${t("figure.talk")} value=${number(talk)} unit=${t("unit.min_h")}>
      <p>${known(before) ? t("figure.talk.before", { min: number(before) }) : t("figure.talk.unknown")}</p><//>
    <${Figure} title=${ledger ? t("figure.abandoned.of", { ledger: word("ledger.name", ledger.title) }) : t("figure.abandoned")}
      value=${ledger ? percent(ledger.share) : "–"} unit="%">
      ${ledger ? html`<${Used} ledger=${ledger} /><p>${bounds(ledger)}</p>` : html`<p>${t("figure.abandoned.none")}</p>`}<//>
    <${Figure} title=${t("figure.bridge")} value=${ms(p50)} unit=${t("unit.ms")}>
      <p>${known(p99) ? t("figure.bridge.slow", { p95: ms(p95), p99: ms(p99) }) : t("figure.bridge.none")}</p><//>
  </div>`;
}

export const bounds = (ledger) => known(ledger.bound)
  ? t("ledger.bounds", { bound: percent(ledger.bound), limit: percent(ledger.limit) })
  : t("ledger.limit", { limit: percent(ledger.limit) });

/** How much of the legal limit is used: the bar ends a quarter beyond the limit, the mark is the limit. */
export function Used({ ledger }) {
  const full = (ledger.limit || 0.03) * 1.28;
  const state = ledger.share > ledger.limit ? "bad" : (ledger.bound ?? 0) > ledger.limit ? "wrapup" : "ready";
  const style = { "--part": Math.min(1, ledger.share / full), "--mark": ledger.limit / full };
  return html`<div class="bar" data-state=${state} style=${style}><i></i><u></u></div>`;
}
