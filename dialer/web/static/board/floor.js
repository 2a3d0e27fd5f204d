// Everyone on the floor: a tile each, with the state's colour, its word and its time. 500 tiles stay cheap: a tile is
// drawn again only when its agent changed, and the times are written once a second in one pass.
import { Component, computed, effect, html, signal, useEffect, useRef } from "../lib/ui.js";
import { t, word } from "../lib/i18n.js";
import { number, stopwatch } from "../lib/format.js";
import * as clock from "../lib/clock.js";
import { link, newsAt } from "./feed.js";
import { agents } from "./state.js";
import { open } from "./agent.js";
import { mark } from "./ears.js";

const DENSE_FROM = 80;
const STATES = ["ready", "preview", "dialing", "connecting", "talking", "wrapup", "interval", "away", "ringing", "out"];
/** Seconds after which a state is long, and very long: the tile's colour deepens. */
const LONG_S = { ready: [60, 180], connecting: [5, 15], talking: [600, 1200], wrapup: [60, 120], away: [900, 2700], ringing: [20, 45] };

const only = signal("");
const counts = computed(() => {
  const seen = {};
  for (const [, agent] of agents.value) seen[agent.state] = (seen[agent.state] ?? 0) + 1;
  return seen;
});

function timeOf(agent, now) {
  if (agent.state === "out") return "";
  if (agent.state === "interval" && agent.ready_at) {
    const left = Math.max(0, Math.ceil(agent.ready_at - now));
    return left < 100 ? t("floor.in", { s: left }) : t("floor.in.long", { time: stopwatch(left) });
  }
  return stopwatch(now - agent.since);
}

function ageOf(agent, now) {
  const [long, very] = LONG_S[agent.state] ?? [Infinity, Infinity];
  const age = now - agent.since;
  return age >= very ? "2" : age >= long ? "1" : "0";
}

class Tile extends Component {
  shouldComponentUpdate(next) {
    return next.agent !== this.props.agent || next.words !== this.props.words || next.first !== this.props.first;
  }

  render({ id, agent, first }) {
    const now = clock.now();
    const reason = agent.state === "away" && agent.reason ? agent.reason : "";
    return html`<button type="button" class="tile" data-agent=${id} data-state=${agent.state} data-age=${ageOf(agent, now)} title=${agent.skills?.join(", ")}
        tabindex=${first ? 0 : -1} onClick=${() => open(id)}>
      <b>${agent.ears && mark(agent.ears)}${agent.name || id}</b><time>${timeOf(agent, now)}</time>
      <span title=${reason}>${reason ? word("reason", reason) : t(`state.${agent.state}`)}</span>
      <span>${agent.state === "out" ? "" : t("span.s", { n: number(agent.interval_s) })}</span></button>`;
  }
}

/** Write every time and age in one pass. */
function tick(box) {
  const now = link.peek().state === "live" ? clock.now() : newsAt.peek();
  const rows = new Map(agents.peek());
  for (const tile of box.children) {
    const agent = rows.get(tile.dataset.agent);
    if (!agent) continue;
    const time = tile.children[1].firstChild;
    const text = timeOf(agent, now);
    if (time && time.data !== text) time.data = text;
    const age = ageOf(agent, now);
    if (tile.dataset.age !== age) tile.dataset.age = age;
  }
}

/** Arrow keys walk the tiles; the floor is one stop of the Tab key. */
function walk(event) {
  const tile = event.target.closest(".tile");
  if (!tile) return;
  const tiles = [...event.currentTarget.children];
  const across = tiles.findIndex((other) => other.offsetTop !== tiles[0].offsetTop);
  const row = across < 1 ? tiles.length : across;
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row, Home: -Infinity, End: Infinity }[event.key];
  if (!step) return;
  event.preventDefault();
  tiles[Math.max(0, Math.min(tiles.length - 1, tiles.indexOf(tile) + step))].focus();
}

export function Floor() {
  const box = useRef(null);
  useEffect(() => effect(() => { clock.second.value; link.value; if (box.current) tick(box.current); }), []);
  const seen = counts.value;
  const shown = only.value && seen[only.value] ? only.value : "";
  const rows = shown ? agents.value.filter(([, agent]) => agent.state === shown) : agents.value;
  const total = agents.value.length;
  const chip = (state) => html`<button type="button" key=${state} data-state=${state} aria-pressed=${shown === state ? "true" : "false"}
    onClick=${() => { only.value = shown === state ? "" : state; }}><i></i>${seen[state]} ${t(`state.${state}.many`)}</button>`;
  return html`<h2>${t("card.floor.n", { n: total })}</h2>
    ${total === 0 && html`<p class="empty">${t("floor.empty")}</p>`}
    <div class="legend" role="group" aria-label=${t("floor.filter")}>${STATES.filter((state) => seen[state]).map(chip)}</div>
    <div class=${`floor ${rows.length >= DENSE_FROM ? "dense" : ""}`} ref=${box} role="group" aria-label=${t("card.floor")} onKeyDown=${walk}>
      ${rows.map(([id, agent], i) => html`<${Tile} key=${id} id=${id} agent=${agent} first=${i === 0} words=${t("state.ready")} />`)}
    </div>`;
}
