// One plain sentence: what pacing does and why, or why it does not dial.
import { html } from "../lib/ui.js";
import { knows, said, t } from "../lib/i18n.js";
import { known, number, percent } from "../lib/format.js";
import * as clock from "../lib/clock.js";
import { campaign, campaigns, chosen, viewed } from "./state.js";

const HORIZON_S = 15;
/** A placed call is spoken of this long: the decision itself lasts an instant, and words that flicker are not read. */
const SPOKEN_MS = 3000;
const spoken = new Map();

/** Calls placed in the last moments. */
function placing(id, pacing) {
  const at = performance.now();
  const last = spoken.get(id);
  if (pacing.placing > 0 && !(last && last.n >= pacing.placing && at - last.at < SPOKEN_MS)) spoken.set(id, { n: pacing.placing, at });
  const now = spoken.get(id);
  return now && at - now.at < SPOKEN_MS ? now.n : 0;
}

function holding(pacing) {
  if (knows(`limit.${pacing.limit}`)) return t(`limit.${pacing.limit}`);
  return pacing.in_flight ? t("pacing.holding", { n: pacing.in_flight }) : t("pacing.none_needed");
}

/** [what is done, why] of one campaign, in the reader's language. */
export function sentence(id, one) {
  const pacing = one.pacing ?? {};
  if (one.state !== "running" || !pacing.answers?.length) return ["", said(one.why)];
  const facts = t("pacing.forecast", {
    free: number(pacing.free_5_15_30?.[1]), answers: number(pacing.answers_5_15_30?.[1], 1), s: HORIZON_S,
  });
  const risk = known(pacing.risk) && pacing.in_flight ? t("pacing.risk", { risk: percent(pacing.risk) }) : "";
  const n = placing(id, pacing);
  return [n ? t("pacing.placing", { n }) : holding(pacing), risk ? facts + t("sentence.space") + risk : facts];
}

export function Sentence() {
  clock.second.value;
  const one = campaign.value;
  if (one) {
    const [does, why] = sentence(chosen.value, one);
    return html`<p class="sentence"><b>${does}</b>${does && t("sentence.space")}${why}</p>`;
  }
  const rows = Object.entries(viewed.value);
  const running = rows.filter(([, each]) => each.state === "running");
  const n = running.reduce((total, [id, each]) => total + placing(id, each.pacing ?? {}), 0);
  const flying = running.reduce((total, [, each]) => total + (each.pacing?.in_flight ?? 0), 0);
  const does = n ? t("pacing.placing", { n }) : flying ? t("pacing.holding", { n: flying }) : "";
  return html`<p class="sentence"><b>${does}</b>${does && t("sentence.space")}${t("pacing.all", { running: running.length, n: rows.length })}</p>`;
}

/** What stands where the strip would, when there is no forecast. */
export function quiet() {
  if (!Object.keys(campaigns.value).length) return t("strip.no_campaign");
  return Object.values(viewed.value).some((one) => one.state === "running") ? t("strip.no_forecast") : t("strip.not_dialing");
}
