// The supervisor's own arrangement of cards, remembered by the server.
import { computed, html, signal } from "../lib/ui.js";
import { t } from "../lib/i18n.js";
import { get, put } from "../lib/api.js";
import { complain } from "../lib/notice.js";

const STANDARD = { main: ["figures", "strip", "floor", "history"], side: ["alarms", "targets", "campaigns", "calls", "list", "ledgers"], hidden: [] };
const ALL = [...STANDARD.main, ...STANDARD.side];

export const layout = signal(STANDARD);
export const arranging = signal(false);
export const hidden = computed(() => layout.value.hidden);
let preferences = {};

/** What was kept, made whole: unknown cards are dropped, cards it does not know stand at the end of their place. */
function whole(kept) {
  const seen = new Set();
  const valid = (names) => (Array.isArray(names) ? names : []).filter((name) => ALL.includes(name) && !seen.has(name) && seen.add(name));
  const made = { main: valid(kept?.main), side: valid(kept?.side), hidden: valid(kept?.hidden) };
  for (const place of ["main", "side"]) for (const name of STANDARD[place]) if (!seen.has(name)) made[place].push(name);
  return made;
}

export async function remember() {
  preferences = (await get("/me/preferences").catch(() => null)) ?? {};
  layout.value = whole(preferences.board);
}

function keep(next) {
  layout.value = next;
  preferences = { ...preferences, board: next };
  put("/me/preferences", preferences).catch(complain);
}

const without = (name) => Object.fromEntries(Object.entries(layout.value).map(([place, names]) => [place, names.filter((one) => one !== name)]));

function put_at(name, place, index) {
  const next = without(name);
  next[place] = [...next[place].slice(0, index), name, ...next[place].slice(index)];
  keep(next);
}

const placeOf = (name) => ["main", "side", "hidden"].find((place) => layout.value[place].includes(name));

function shift(name, by) {
  const place = placeOf(name);
  const at = layout.value[place].indexOf(name) + by;
  if (at >= 0 && at < layout.value[place].length) put_at(name, place, at);
}

/** The tools on a card while the board is being arranged. */
export function Tools({ name }) {
  const other = placeOf(name) === "main" ? "side" : "main";
  const title = t(`card.${name}`);
  const tool = (key, doing) => html`<button type="button" onClick=${doing}>${t(key)}<span class="hidden"> ${title}</span></button>`;
  return html`<div class="arrange"><b>${title}</b>
    ${tool("arrange.up", () => shift(name, -1))}${tool("arrange.down", () => shift(name, 1))}
    ${tool(`arrange.${other}`, () => put_at(name, other, layout.value[other].length))}
    ${tool("arrange.hide", () => put_at(name, "hidden", 0))}</div>`;
}

export function ArrangeBar() {
  if (!arranging.value) return null;
  const show = (name) => put_at(name, STANDARD.main.includes(name) ? "main" : "side", Infinity);
  return html`<section class="arrange-bar card" aria-label=${t("arrange.title")}><b>${t("arrange.title")}</b><span class="soft">${t("arrange.how")}</span>
    ${hidden.value.map((name) => html`<button type="button" key=${name} onClick=${() => show(name)}>${t("arrange.show", { card: t(`card.${name}`) })}</button>`)}
    <button type="button" class="quiet" onClick=${() => keep(STANDARD)}>${t("arrange.reset")}</button>
    <button type="button" class="primary" onClick=${() => { arranging.value = false; }}>${t("arrange.done")}</button></section>`;
}

let dragged = "";

/** Handlers that let a card be dragged onto another's place while the board is being arranged. */
export const dragging = (name) => (arranging.value ? {
  draggable: true,
  onDragStart: (event) => { dragged = name; event.dataTransfer.setData("text/plain", name); },
  onDragOver: (event) => { if (dragged) event.preventDefault(); },
  onDrop: (event) => {
    event.preventDefault();
    if (dragged && dragged !== name) put_at(dragged, placeOf(name), layout.value[placeOf(name)].indexOf(name));
    dragged = "";
  },
} : {});
