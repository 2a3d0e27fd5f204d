// Hot keys that never fire while someone types, and never repeat while held.

const GUARD_MS = 1000;
let leftFieldAt = -GUARD_MS;

const typing = (element) =>
  element?.isContentEditable || element?.matches?.("textarea, select, input:not([type=range]):not([type=checkbox]):not([type=radio])");

/** Run `actions[key]` on its key. Escape first leaves a field, and does not act within a second after that. */
export function listen(actions) {
  const heard = (event) => {
    if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) {
      if (event.key === "Escape") leftFieldAt = performance.now();
      return;
    }
    if (typing(document.activeElement)) {
      if (event.key === "Escape") {
        document.activeElement.blur();
        leftFieldAt = performance.now();
      }
      return;
    }
    if (event.key === "Escape" && performance.now() - leftFieldAt < GUARD_MS) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const action = actions()[key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  addEventListener("keydown", heard);
  return () => removeEventListener("keydown", heard);
}
