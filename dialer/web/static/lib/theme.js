// Light or dark: the system's wish until the reader says otherwise.
import { signal } from "./ui.js";

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const current = () => root.dataset.theme ?? (system.matches ? "dark" : "light");

export const theme = signal(current());
system.addEventListener("change", () => { theme.value = current(); });

export function turn() {
  root.dataset.theme = current() === "dark" ? "light" : "dark";
  theme.value = root.dataset.theme;
  try { localStorage.setItem("cadence.theme", root.dataset.theme); } catch { /* a private window forgets */ }
}

/** The value of a colour token, for canvases. */
export const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();
