// The last hours: talk per agent, waiting and answer rate, drawn by uPlot.
import { html, signal, useEffect, useRef } from "../lib/ui.js";
import { language, t } from "../lib/i18n.js";
import { clock as clockOf, number } from "../lib/format.js";
import { colour, theme } from "../lib/theme.js";
import { get } from "../lib/api.js";
import { chosen } from "./state.js";
import uPlot from "../vendor/uplot.js";

const REFRESH_MS = 60000;
const HOURS = 2;
const SERIES = [["talk_min_h", "talking", "talk"], ["wait_s", "ready", "ready"], ["answer_rate", "answer", "answer"]];
const history = signal(null);

async function load(campaign) {
  try {
    const found = await get(`/board/history?hours=${HOURS}${campaign ? `&campaign=${encodeURIComponent(campaign)}` : ""}`);
    if (campaign === chosen.peek()) history.value = found;
  } catch {
    history.value = { at: [] };
  }
}

function options(width) {
  const ink = colour("soft");
  const axis = { stroke: ink, grid: { stroke: colour("line"), width: 1 }, ticks: { show: false }, font: "12px Inter, sans-serif" };
  const line = (key, name) => ({ stroke: colour(name), width: 2, scale: key === "answer_rate" ? "share" : "y", points: { show: false }, spanGaps: false });
  return {
    width, height: 200, legend: { show: false }, cursor: { show: false }, padding: [8, 4, 0, 0],
    scales: { x: { time: true }, y: { range: (_, _low, high) => [0, Math.max(10, high * 1.1)] }, share: { range: [0, 1] } },
    axes: [{ ...axis, grid: { show: false }, values: (_, at) => at.map((s) => clockOf(s)), space: 70 }, { ...axis, size: 34, space: 50 }],
    series: [{}, ...SERIES.map(([key, , name]) => line(key, name))],
  };
}

export function Chart() {
  const box = useRef(null);
  const id = chosen.value;
  const data = history.value;
  const mode = theme.value;
  const words = language.value;
  useEffect(() => {
    history.value = null;
    load(id);
    const timer = setInterval(() => load(id), REFRESH_MS);
    return () => clearInterval(timer);
  }, [id]);
  useEffect(() => {
    if (!data?.at?.length) return undefined;
    const host = box.current;
    const plot = new uPlot(options(host.clientWidth), [data.at, ...SERIES.map(([key]) => data[key] ?? data.at.map(() => null))], host);
    const fit = new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height: 200 }));
    fit.observe(host);
    return () => { fit.disconnect(); plot.destroy(); };
  }, [data, mode, words]);
  const last = (key) => (data?.[key] ?? []).findLast((value) => value !== null);
  const shown = (key) => {
    const value = last(key);
    if (value === undefined) return "–";
    return key === "answer_rate" ? `${number(value * 100)} %` : number(value);
  };
  return html`<h2>${t("card.history")}</h2>
    ${data && !data.at?.length && html`<p class="empty">${t("history.empty")}</p>`}
    <div class="chart" ref=${box} role="img" aria-label=${t("history.label", { talk: shown("talk_min_h"), wait: shown("wait_s"), rate: shown("answer_rate") })}></div>
    <p class="chart-legend">${SERIES.map(([key, state]) => html`<span key=${key} data-state=${state}><i></i>${t(`history.${key}`)} ${shown(key)}</span>`)}</p>`;
}
