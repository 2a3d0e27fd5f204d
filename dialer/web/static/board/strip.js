// The next 40 seconds, moving: answers expected above the line, agents coming free below it.
import { html, useEffect, useRef } from "../lib/ui.js";
import { t } from "../lib/i18n.js";
import { colour, theme } from "../lib/theme.js";
import * as clock from "../lib/clock.js";
import { link } from "./feed.js";
import { viewed } from "./state.js";
import { Sentence, quiet } from "./sentence.js";

const SPAN_S = 40;
const BIN_S = 0.5;
const FRAME_MS = 40;
const EASE = 0.14;

const made = new WeakMap();

/** When a forecast came: its bars are of instants from then on, also while no newer one is needed. */
function madeAt(forecast) {
  if (!made.has(forecast)) made.set(forecast, clock.now());
  return made.get(forecast);
}

/** Spread a server's bins over the display's own, from the instant the forecast came. */
function spread(values, width, from, base, out) {
  values.forEach((value, i) => {
    const [start, end] = [(from + i * width) / BIN_S - base, (from + (i + 1) * width) / BIN_S - base];
    for (let k = Math.max(0, Math.floor(start)); k < Math.min(out.length, end); k += 1)
      out[k] += (value * (Math.min(end, k + 1) - Math.max(start, k))) / (end - start);
  });
}

/** The forecasts in view summed into bins of absolute time, so that bars slide as time passes. */
function bins() {
  const all = Object.values(viewed.value).filter((one) => one.pacing?.answers?.length);
  if (!all.length) return null;
  const at = all.map((one) => madeAt(one.pacing.answers));
  const base = Math.floor(Math.min(...at) / BIN_S);
  const length = Math.round(SPAN_S / BIN_S) + 30;
  const [answers, free] = [new Float64Array(length), new Float64Array(length)];
  let ready = 0;
  all.forEach(({ pacing }, i) => {
    const width = pacing.bin_s || BIN_S;
    const have = pacing.free ?? [];
    ready += pacing.ready ?? 0;
    spread(pacing.answers, width, at[i], base, answers);
    // The server tells how many are free by then; the strip shows who comes free when.
    spread(have.map((value, k) => Math.max(0, value - (k ? have[k - 1] : pacing.ready ?? 0))), width, at[i], base, free);
  });
  return { base, answers, free, ready };
}

/** A drawing that eases from one forecast to the next. */
class Drawing {
  constructor(canvas) {
    this.canvas = canvas;
    this.shown = new Map();
    this.top = 0.5;
    this.target = null;
  }

  aim(target) { this.target = target; }

  step(eased) {
    const { target, shown } = this;
    if (!target) return;
    const k = eased ? EASE : 1;
    const now = clock.now();
    const first = Math.floor(now / BIN_S);
    let top = 0.1;
    for (const key of shown.keys()) if (key < first - 1) shown.delete(key);
    for (let i = 0; i < target.answers.length; i += 1) {
      const key = target.base + i;
      if (key < first - 1) continue;
      let bar = shown.get(key);
      if (!bar) shown.set(key, bar = [target.answers[i], target.free[i]]);
      bar[0] += (target.answers[i] - bar[0]) * k;
      bar[1] += (target.free[i] - bar[1]) * k;
      top = Math.max(top, bar[0], bar[1]);
    }
    this.top += (top - this.top) * k;
  }

  paint(colours) {
    const { canvas, target } = this;
    const ratio = devicePixelRatio || 1;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const middle = (height - 22) / 2;
    pen.fillStyle = colours.line;
    pen.fillRect(0, middle - 0.5, width, 1);
    if (!target) return;
    const step = (width * BIN_S) / SPAN_S;
    const now = clock.now() / BIN_S;
    const bar = Math.max(2, step * 0.7);
    const reach = middle - 5;
    for (const [side, ink] of [[0, colours.answer], [1, colours.ready]]) {
      pen.fillStyle = ink;
      pen.beginPath();
      for (const [key, values] of this.shown) {
        const x = (key - now) * step;
        // By the root: one sure agent and a tenth of an answer are both to be seen.
        const tall = Math.sqrt(Math.min(1, values[side] / this.top)) * reach;
        if (x > width || x + bar < 0 || tall < 0.4) continue;
        pen.roundRect(x, side ? middle + 3 : middle - 3 - tall, bar, tall, Math.min(2, tall / 2));
      }
      pen.fill();
    }
  }
}

export function Strip() {
  const canvas = useRef(null);
  const drawing = useRef(null);
  const forecast = bins();
  useEffect(() => {
    drawing.current = new Drawing(canvas.current);
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    let frame = 0;
    let last = 0;
    let inks = null;
    let inksOf = "";
    const draw = (at) => {
      frame = requestAnimationFrame(draw);
      if (at - last < (still.matches ? 1000 : FRAME_MS) || link.value.state !== "live") return;
      last = at;
      if (inksOf !== theme.value || !inks) {
        inksOf = theme.value;
        inks = { answer: colour("answer"), ready: colour("ready"), line: colour("line") };
      }
      drawing.current.step(!still.matches);
      drawing.current.paint(inks);
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, []);
  useEffect(() => { drawing.current?.aim(forecast); });
  const marks = [0, 10, 20, 30, 40].map((s) => html`<span class="mark" style=${{ left: `${s / 0.4}%`, transform: `translateX(-${s / 0.4}%)` }}>
    ${s ? t("strip.in", { s }) : t("strip.now")}</span>`);
  return html`<h2>${t("card.strip")}</h2>
    <${Sentence} />
    <div class="strip" role="img" aria-label=${t("strip.label")}>
      <canvas ref=${canvas}></canvas>
      ${forecast ? html`<span class="side-label above">${t("strip.answers")}</span>
        <span class="side-label below">${t("strip.free", { n: forecast.ready })}</span>` : html`<div class="quiet-now">${quiet()}</div>`}
      ${marks}
    </div>`;
}
