/** JSON merge patch (RFC 7396). What did not change keeps its identity, so that nothing else is drawn again. */
export function merge(target, patch) {
  if (!isObject(patch)) return patch;
  const base = isObject(target) ? target : {};
  let result = base;
  for (const [key, value] of Object.entries(patch)) {
    if (key === "__proto__") continue;
    if (value === null) {
      if (Object.hasOwn(result, key)) { result = own(result, base); delete result[key]; }
      continue;
    }
    const merged = merge(Object.hasOwn(base, key) ? base[key] : undefined, value);
    if (!Object.hasOwn(result, key) || result[key] !== merged) { result = own(result, base); result[key] = merged; }
  }
  return isObject(target) || result !== base ? result : {};
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const own = (result, base) => (result === base ? { ...base } : result);
