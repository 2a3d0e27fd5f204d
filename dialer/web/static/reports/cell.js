// How a report's figures read.
import { knows, t } from "../lib/i18n.js";
import { number, percent, stopwatch } from "../lib/format.js";

const SAID = new Set(["weekday", "outcome", "meaning", "measure"]);

/** A cell as a person reads it, in the reader's language; in columns that hold names, a text is a name. */
export function cell(value, { name, kind }, currency) {
  if (value === null || value === undefined) return "–";
  if (kind === "text") return SAID.has(name) && knows(`report.word.${value}`) ? t(`report.word.${value}`) : String(value);
  if (kind === "share") return `${percent(value)} %`;
  if (kind === "seconds") return value < 60 ? t("report.seconds", { n: number(value, 1) }) : stopwatch(value);
  if (kind === "money") return `${number(value, 2)} ${currency}`.trim();
  return number(value, kind === "number" ? 1 : 0);
}
