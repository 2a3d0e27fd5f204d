// The one place that knows which libraries draw the pages.
import { h, render, Component, Fragment } from "../vendor/preact.js";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/hooks.js";
import { batch, computed, effect, signal, useComputed, useSignal } from "../vendor/signals.js";
import htm from "../vendor/htm.js";

export const html = htm.bind(h);
export {
  batch, Component, computed, effect, Fragment, render, signal,
  useComputed, useEffect, useLayoutEffect, useMemo, useRef, useSignal, useState,
};
