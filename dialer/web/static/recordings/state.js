// What is looked for, what was found, and which one is open.
import { get } from "../lib/api.js";
import { signal } from "../lib/ui.js";

export const PAGE = 50;
export const who = signal(null);
export const failed = signal(null);
export const choices = signal({ campaigns: [], agents: [] });
export const filters = signal({ campaign: "", agent: "", disposition: "", lead: "", from: "", to: "", shortest_s: "" });
/** null: not asked yet. */
export const found = signal(null);
export const more = signal(false);
export const opened = signal(null);

const DAY_S = 86400;
const midnight = (day) => new Date(`${day}T00:00:00`).getTime() / 1000;

function query(before) {
  const { from, to, ...rest } = filters.value;
  const asked = new URLSearchParams(Object.entries(rest).filter(([, value]) => value !== ""));
  if (from) asked.set("since", midnight(from));
  if (to) asked.set("until", midnight(to) + DAY_S);
  if (before) asked.set("before", before);
  asked.set("limit", PAGE);
  return `/recordings?${asked}`;
}

/** The first page of what the filters ask for. */
export async function load() {
  try {
    const rows = await get(query());
    found.value = rows;
    more.value = rows.length === PAGE;
    failed.value = null;
  } catch (error) {
    failed.value = error;
  }
}

export async function loadMore() {
  try {
    const rows = await get(query(found.value.at(-1).id));
    found.value = [...found.value, ...rows];
    more.value = rows.length === PAGE;
  } catch (error) {
    failed.value = error;
  }
}

export async function open(id) {
  try {
    opened.value = await get(`/recordings/${id}`);
    failed.value = null;
  } catch (error) {
    opened.value = null;
    failed.value = error;
  }
}

/** Names to choose from; an agent, who sees only the own ones, needs none. */
export async function loadChoices() {
  try {
    const [campaigns, agents] = await Promise.all([get("/campaigns"), get("/agents")]);
    choices.value = { campaigns, agents };
  } catch { /* the fields stay as they are: nothing is chosen */ }
}

export const nameOf = (kind, id) => choices.value[kind].find((one) => one.id === id)?.name || id;
