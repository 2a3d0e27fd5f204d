// Bars of one column: drawn as shapes, told in words to those who do not see them.
import { html } from "../lib/ui.js";
import { t } from "../lib/i18n.js";
import { cell } from "./cell.js";

const MOST = 31;
const [HEIGHT, LEFT, TOP, BOTTOM] = [220, 76, 18, 26];
const narrow = matchMedia("(max-width: 700px)");
const FRAME = { hour: 5, day: 10 };

/** A round number at or above `value`; of spans, a round number of hours, minutes or seconds. */
function above(value, kind) {
  const unit = kind !== "seconds" ? 1 : value >= 3600 ? 3600 : value >= 60 ? 60 : 1;
  const power = 10 ** Math.floor(Math.log10(value / unit));
  return unit * ([1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((step) => step >= (value / unit) * 0.999) ?? value / unit);
}

const nameOf = (table, row) => {
  const texts = table.columns.map((column, i) => (column.kind === "text" && row[i] ? cell(row[i], column) : "")).filter(Boolean).slice(0, 2);
  const text = texts.join(" ");
  if (FRAME[table.columns[0].name]) return table.columns[0].name === "day" ? text.slice(5) : text.slice(0, 2);
  return text.length > 14 ? `${text.slice(0, 13)}…` : text;
};

export function Plot({ table, column, title, currency }) {
  const place = table.columns.indexOf(column);
  const rows = table.rows.slice(0, MOST);
  const values = rows.map((row) => Number(row[place] ?? 0));
  const most = Math.max(...values);
  if (!(most > 0)) return html`<p class="soft">${t("report.flat")}</p>`;
  const WIDTH = narrow.matches ? 420 : 960;
  const top = above(most, column.kind);
  const step = (WIDTH - LEFT) / rows.length;
  const wide = Math.min(step * 0.72, 64);
  const y = (value) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const best = values.indexOf(most);
  const said = t("report.plot.said", { title, name: nameOf(table, rows[best]), value: cell(most, column, currency) });
  return html`<svg class="plot" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${said}>
    ${[0, 0.5, 1].map((part) => html`<g key=${part}><path class="grid" d=${`M${LEFT} ${y(part * top)}H${WIDTH}`} /><text class="tick" text-anchor="end" x=${LEFT - 8} y=${y(part * top) + 4}>${part === 0 ? "0" : cell(part * top, column, "")}</text></g>`)}
    ${values.map((value, i) => html`<g key=${i}><rect x=${LEFT + step * i + (step - wide) / 2} y=${y(value)} width=${wide} height=${Math.max(0, HEIGHT - BOTTOM - y(value))} rx="3"><title>${`${nameOf(table, rows[i])}: ${cell(value, column, currency)}`}</title></rect>
      ${i % Math.ceil(34 / step) === 0 && html`<text text-anchor="middle" x=${LEFT + step * (i + 0.5)} y=${HEIGHT - 8}>${nameOf(table, rows[i])}</text>`}</g>`)}</svg>`;
}
