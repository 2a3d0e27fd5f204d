// The outline of a conversation: the person above the line, the agent below; what was played is in full colour.
import { html, useEffect, useRef, useState } from "../lib/ui.js";
import { t } from "../lib/i18n.js";
import { stopwatch } from "../lib/format.js";
import { colour, theme } from "../lib/theme.js";

const STEP_S = 5;
const AHEAD_ALPHA = 0.45;

function draw(canvas, peaks, share) {
  const scale = devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  const middle = height / 2;
  const loudest = Math.max(1, ...peaks.person, ...peaks.agent);
  const count = peaks.person.length;
  for (const [side, name, sign] of [[peaks.person, "answer", -1], [peaks.agent, "talk", 1]]) {
    pen.fillStyle = colour(name);
    side.forEach((value, n) => {
      const tall = Math.max(0.5, (value / loudest) * (middle - 6));
      pen.globalAlpha = (n + 0.5) / count <= share ? 1 : AHEAD_ALPHA;
      pen.fillRect((n / count) * width, sign < 0 ? middle - 1 - tall : middle + 1, Math.max(1, width / count - 0.5), tall);
    });
  }
  pen.globalAlpha = 1;
  pen.fillStyle = colour("ink");
  pen.fillRect(Math.min(width - 2, share * width), 0, 2, height);
}

/** Shows `at` of `length_s` seconds; a click, a drag or the arrow keys call `seek` with another instant. */
export function Wave({ peaks, at, length_s, seek }) {
  const box = useRef(null);
  const [width, setWidth] = useState(0);
  const mode = theme.value;
  useEffect(() => {
    const fit = new ResizeObserver(() => setWidth(box.current?.clientWidth ?? 0));
    fit.observe(box.current);
    return () => fit.disconnect();
  }, []);
  useEffect(() => { if (width) draw(box.current, peaks, at / length_s); }, [peaks, at, length_s, width, mode]);
  const to = (event) => {
    const place = box.current.getBoundingClientRect();
    seek(((event.clientX - place.left) / place.width) * length_s);
  };
  const press = (event) => { event.currentTarget.setPointerCapture(event.pointerId); to(event); };
  const key = (event) => {
    const where = { ArrowLeft: at - STEP_S, ArrowRight: at + STEP_S, Home: 0, End: length_s }[event.key];
    if (where === undefined) return;
    event.preventDefault();
    seek(where);
  };
  return html`<canvas ref=${box} class="wave" role="slider" tabindex="0" aria-label=${t("rec.wave")} aria-valuemin="0"
    aria-valuemax=${Math.round(length_s)} aria-valuenow=${Math.round(at)} aria-valuetext=${t("rec.at", { at: stopwatch(at), of: stopwatch(length_s) })}
    onPointerDown=${press} onPointerMove=${(event) => { if (event.buttons & 1) to(event); }} onKeyDown=${key}></canvas>`;
}
