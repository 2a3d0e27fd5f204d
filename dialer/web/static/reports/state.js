// What is asked for stands in the address, so that a report can be sent as a link.
import { signal } from "../lib/ui.js";
import { get } from "../lib/api.js";
import { language } from "../lib/i18n.js";

export const who = signal(null);
export const failed = signal(null);
export const report = signal(null);
export const busy = signal(false);

const LONG_MS = 310000;
const given = new URLSearchParams(location.hash.slice(1));
export const asked = signal({
  period: given.get("period") || "today", campaign: given.get("campaign") || "", team: given.get("team") || "", table: given.get("table") || "by_campaign",
});

const query = (more = {}) => {
  const { period, campaign, team } = asked.value;
  return new URLSearchParams({ period, ...(campaign ? { campaign } : {}), ...(team ? { team } : {}), ...more }).toString();
};

/** Where the same report is as a file. */
export const fileOf = (format, table) => `/api/v1/reports?${query({ format, lang: language.value, ...(table ? { table } : {}) })}`;

function remember() {
  const { period, campaign, team, table } = asked.value;
  history.replaceState(null, "", `#${new URLSearchParams({ period, campaign, team, table })}`);
}

export function choose(change) {
  asked.value = { ...asked.value, ...change };
  remember();
  if (!("table" in change)) load();
}

let turn = 0;

export async function load() {
  const mine = (turn += 1);
  busy.value = true;
  try {
    const found = await get(`/reports?${query()}`, LONG_MS);
    if (mine === turn) {
      report.value = found;
      failed.value = null;
    }
  } catch (error) {
    if (mine === turn) failed.value = error;
  }
  if (mine === turn) busy.value = false;
}
