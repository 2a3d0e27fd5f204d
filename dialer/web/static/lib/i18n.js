// Words in the reader's language, all from one catalogue per language.
import { signal } from "./ui.js";

export const LANGUAGES = { en: "English", zh: "中文" };
export const language = signal(document.documentElement.lang.startsWith("zh") ? "zh" : "en");

const catalogue = signal({});
let sayings = [];

const load = async (name) => {
  const answer = await fetch(new URL(`../i18n/${name}.json`, import.meta.url));
  if (!answer.ok) throw new Error(`i18n/${name}.json: ${answer.status}`);
  return answer.json();
};

/** Load the catalogue of the language; pages wait for it before they draw. */
export async function speak(name = language.value) {
  const [words, said] = await Promise.all([load(name), name === "en" ? [] : load(`said.${name}`)]);
  sayings = Object.entries(said).map(([from, to]) => [pattern(from), to]);
  document.documentElement.lang = name === "zh" ? "zh-CN" : "en";
  catalogue.value = words;
  language.value = name;
}

/** Change the language and remember it in this browser. */
export async function choose(name) {
  await speak(name);
  try { localStorage.setItem("cadence.language", name); } catch { /* a private window forgets */ }
}

/** The text of a key with its places filled; `n` picks the plural where a key has one. */
export function t(key, places = {}) {
  const words = catalogue.value;
  const form = places.n === 1 && words[`${key}.one`] !== undefined ? `${key}.one` : key;
  const text = words[form];
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in places ? String(places[name]) : whole));
}

/** Whether the catalogue has the key: for words that arrive as codes. */
export const knows = (key) => catalogue.value[key] !== undefined;

/** The word for a code of the server, or the code itself in plain letters. */
export const word = (prefix, code) =>
  knows(`${prefix}.${code}`) ? t(`${prefix}.${code}`) : String(code ?? "").replace(/_/g, " ");

/** A sentence the daemon wrote in English, in the reader's language where we know it. */
export function said(text) {
  if (!text) return "";
  void catalogue.value;
  for (const [from, to] of sayings) {
    const found = from.exec(text);
    if (found) return to.replace(/\{(\w+)\}/g, (_, name) => said(found.groups[name] ?? ""));
  }
  return text;
}

function pattern(template) {
  const escaped = template.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/\{(\w+)\}/g, "(?<$1>.+?)")}$`, "s");
}
