// The clip to be judged now, the one judged before it, and what all words come to.
import { get, post } from "../lib/api.js";
import { signal } from "../lib/ui.js";

export const who = signal(null);
export const failed = signal(null);
/** null: not asked yet; false: none waits. */
export const clip = signal(null);
export const before = signal(null);
export const figures = signal(null);

export async function load() {
  try {
    figures.value = await get("/machines");
    failed.value = null;
  } catch (error) {
    failed.value = error;
  }
}

/** The next clip; `skip` when somebody else just judged the one we have. */
export async function next() {
  try {
    clip.value = (await get("/machines/next")).clip ?? false;
    failed.value = null;
  } catch (error) {
    failed.value = error;
  }
}

/** One word on the clip that is open; a second one on the same clip replaces the first. */
export async function say(said) {
  const one = clip.value;
  if (!one) return;
  try {
    await post(`/machines/${one.id}/review`, { said });
    before.value = { ...one, said };
  } catch (error) {
    if (error.id !== "already_reviewed") { failed.value = error; return; }
  }
  await Promise.all([next(), load()]);
}

/** Back to the clip judged last. */
export function back() {
  if (before.value) { clip.value = before.value; before.value = null; }
}
