// What the board shows, derived from the feed: the campaign looked at, its agents, sums over all.
import { computed, signal } from "../lib/ui.js";
import { snapshot } from "./feed.js";

const fromHash = () => decodeURIComponent(location.hash.replace(/^#\/?/, ""));
const wanted = signal(fromHash());
addEventListener("hashchange", () => { wanted.value = fromHash(); });

export const who = signal(null);
export const maySteer = computed(() => ["supervisor", "admin"].includes(who.value?.role));

const EMPTY = {};
export const campaigns = computed(() => snapshot.value?.campaigns ?? EMPTY);
export const targets = computed(() => snapshot.value?.targets ?? EMPTY);
export const alarms = computed(() => snapshot.value?.alarms ?? EMPTY);
export const nodes = computed(() => snapshot.value?.nodes ?? EMPTY);
export const database = computed(() => snapshot.value?.database ?? null);
const everyone = computed(() => snapshot.value?.agents ?? EMPTY);

/** The campaign looked at; empty for all. A single campaign needs no "all". */
export const chosen = computed(() => {
  const ids = Object.keys(campaigns.value);
  if (wanted.value in campaigns.value) return wanted.value;
  return ids.length === 1 ? ids[0] : "";
});

export const campaign = computed(() => (chosen.value ? campaigns.value[chosen.value] : null));

/** The campaigns in view. */
export const viewed = computed(() => (chosen.value ? { [chosen.value]: campaign.value } : campaigns.value));

const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

let order = [];
let orderOf = "";

/** Everybody's ids by name; sorted again only when somebody came, went or has another name. */
function sorted(all) {
  const names = Object.entries(all).map(([id, agent]) => `${id} ${agent.name}`).join("\n");
  if (names !== orderOf) {
    orderOf = names;
    order = Object.keys(all).sort((a, b) => byName.compare(all[a].name || a, all[b].name || b) || byName.compare(a, b));
  }
  return order;
}

/** Agents in view, by name, so that nobody's place jumps. */
export const agents = computed(() => {
  const all = everyone.value;
  return sorted(all).map((id) => [id, all[id]]).filter(([, agent]) => !chosen.value || agent.campaign === chosen.value);
});

export const agentOf = (id) => everyone.value[id];

/** The agent to whom one's own phone listens: [id, agent, ear]; null for nobody. */
export const hearing = computed(() => {
  for (const [id, agent] of Object.entries(everyone.value)) {
    const ear = agent.ears?.find((one) => one.user === who.value?.user && one.state !== "ending");
    if (ear) return [id, agent, ear];
  }
  return null;
});

/** A sum over the campaigns in view. */
export const sum = (pick) => Object.values(viewed.value).reduce((total, one) => total + (pick(one) ?? 0), 0);

const atWork = (one) => Object.entries(one.agents_by_state ?? {})
  .reduce((total, [state, n]) => total + (state === "out" || state === "away" || state === "ringing" ? 0 : n), 0);

/** The mean over the campaigns in view that know the figure, weighted by agents at work; null if none does. */
export function mean(pick) {
  let weight = 0;
  let total = 0;
  for (const one of Object.values(viewed.value)) {
    const value = pick(one);
    if (value === null || value === undefined) continue;
    const agents = Math.max(atWork(one), 0.001);
    weight += agents;
    total += agents * value;
  }
  return weight ? total / weight : null;
}

/** The largest over the campaigns in view; null if none is known. */
export function worst(pick) {
  const values = Object.values(viewed.value).map(pick).filter((value) => value !== null && value !== undefined);
  return values.length ? Math.max(...values) : null;
}

/** Ledgers in view, the one nearest its limit first. */
export const ledgers = computed(() => {
  const seen = new Map();
  for (const [id, one] of Object.entries(viewed.value))
    for (const ledger of one.ledgers ?? []) if (ledger.applies !== false) seen.set(`${id}/${ledger.id}`, { ...ledger, campaign: one.name });
  const used = (ledger) => (ledger.bound ?? ledger.share ?? 0) / (ledger.limit || 1);
  return [...seen.values()].sort((a, b) => used(b) - used(a));
});
