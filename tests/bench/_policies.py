"""Policies by a short name, so that a table can be asked for on the command line."""

from __future__ import annotations

from pacing import Engine, Settings
from pacing.sim import Policy, Scenario, rivals

RATIOS = tuple(f"ratio:{r:g}" for r in (1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.5, 4, 4.5, 5, 6, 8))
VICIDIAL = tuple(f"vicidial:{cap}" for cap in range(2, 13))
VICIDIAL_ALL = tuple(f"vicidial-all:{cap}" for cap in (2, 3, 4, 6, 8, 12))
ISSABEL = tuple(f"issabel{kind}:{q:g}" for kind in ("", "-plain") for q in (0.97, 0.9, 0.8))
FAMILIES: dict[str, tuple[str, ...]] = {
    "one line": ("ratio:1",),
    "fixed ratio": RATIOS,
    "VICIdial": VICIDIAL + VICIDIAL_ALL,
    "Issabel": ISSABEL,
}


def settings(scenario: Scenario, mode: str = "predictive", *, release: bool = True) -> Settings:
    """The engine's settings for a scenario."""
    return Settings(
        mode=mode,
        target_abandon=scenario.target_abandon,
        connect_within=scenario.connect_within_s,
        ring_timeout=scenario.ring_timeout_s,
        min_ring=scenario.min_ring_s,
        release=release,
    )


def make(spec: str, scenario: Scenario, seed: int) -> Policy:
    """A fresh policy: predictive, predictive-hold (no releases), progressive, or a rival `name:setting`."""
    name, _, value = spec.partition(":")
    match name:
        case "predictive" | "progressive":
            return Engine(settings(scenario, name), seed=seed)
        case "predictive-hold":
            return Engine(settings(scenario, release=False), seed=seed)
        case "ratio":
            return rivals.FixedRatio(float(value))
        case "vicidial" | "vicidial-all":
            limit = scenario.target_abandon
            return rivals.Vicidial(float(value), limit, available_only=name == "vicidial")
        case "issabel" | "issabel-plain":
            return rivals.Issabel(float(value), overcommit=name == "issabel")
    raise SystemExit(f"no policy {spec!r}")
