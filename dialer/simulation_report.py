"""A comparison as one self-contained page: the figures, and plots drawn in the page itself."""

from __future__ import annotations

import math
from html import escape

from dialer import svg
from dialer.simulated_days import BUCKET_S
from dialer.simulation import Comparison, Outcome
from pacing.sim import bounds

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title><style>
:root{{--ink:#222;--paper:#fff;--rule:#ddd;--faint:#666}}
@media(prefers-color-scheme:dark){{:root{{--ink:#ddd;--paper:#16181b;--rule:#3a3a3a;--faint:#aaa}}}}
body{{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:56rem;
margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse;width:100%}}th,td{{padding:.35rem .6rem;border-bottom:1px solid var(--rule);
text-align:right}}th:first-child,td:first-child{{text-align:left}}
.headline{{font-size:1.3rem}}.faint{{color:var(--faint)}}figure{{margin:1.5rem 0}}svg{{max-width:100%;height:auto}}
</style></head><body>
<h1>{title}</h1><p class="headline">{headline}</p><p class="faint">{assumed}</p>
<table><thead><tr><th></th>{heads}</tr></thead><tbody>{rows}</tbody></table>
{figures}
<p class="faint">{footnote}</p></body></html>
"""
FOOTNOTE = (
    "A simulation with laws of ringing, talking and wrap-up, not a promise. Each day begins with nothing learnt. "
    "Waiting is the time agents stand ready, divided by conversations. Abandoned: answered, and no agent within "
    "the time allowed; the upper bound is Clopper-Pearson's at 95 %."
)


def table(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Rows for people: name of the figure, the engine's, that of one line per agent."""
    ours, one = _column(comparison.engine), _column(comparison.one_line)
    return [(name, ours[name], one[name]) for name in ours]


def _column(outcome: Outcome) -> dict[str, str]:
    total = outcome.total
    return {
        "waiting for a conversation": _seconds(total.wait_s),
        "talk per agent and hour": f"{total.talk_minutes_per_hour:.1f} min",
        "conversations per hour": f"{total.conversations_per_hour:.1f}",
        "calls per hour": f"{outcome.figures()['calls_per_hour']:.0f}",
        "abandoned": f"{100 * total.abandon_rate:.2f} %",
        "abandoned, upper 95 % bound": f"{100 * outcome.abandon_bound:.2f} %",
        "answers": f"{total.answers}",
        "ringing calls released": f"{total.released}",
    }


def page(comparison: Comparison) -> str:
    """The whole HTML page; loads nothing from anywhere."""
    scenario = comparison.scenario
    headline = (
        f"{100 * comparison.less_waiting:.0f} % less waiting than one line per agent: "
        f"{_seconds(comparison.engine.total.wait_s)} instead of {_seconds(comparison.one_line.total.wait_s)}."
    )
    assumed = (
        f"{len(scenario.agents)} agents, {len(comparison.engine.days)} days of {scenario.length_s / 3600:g} h, "
        f"conversations of {scenario.talk.mean_s:.0f} s, wrap-up {scenario.wrap.mean_s:.0f} s, ring time-out "
        f"{scenario.ring_timeout_s:g} s, at most {100 * scenario.target_abandon:g} % abandoned."
    )
    heads = "".join(f"<th>{escape(o.name)}</th>" for o in (comparison.engine, comparison.one_line))
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{ours}</td><td>{one}</td></tr>"
        for name, ours, one in table(comparison)
    )
    return _PAGE.format(
        title=f"Simulation of {escape(scenario.name)}",
        headline=headline,
        assumed=assumed,
        heads=heads,
        rows=rows,
        figures="".join(f"<figure>{plot}</figure>" for plot in plots(comparison)),
        footnote=FOOTNOTE,
    )


def plots(comparison: Comparison) -> list[str]:
    """Waiting over the shift, abandonment over the shift, and where the agents' hour goes."""
    both = (comparison.engine, comparison.one_line)
    return [
        svg.lines(
            "Waiting for a conversation over the shift, s",
            [svg.Line(o.name, _hours(o), [b.wait_s for b in o.buckets]) for o in both],
            x_name=" h",
        ),
        svg.lines(
            "Abandoned since the start, %, with its 95 % interval; dashed: target",
            [_abandonment(comparison.engine)],
            x_name=" h",
            limit=100 * comparison.scenario.target_abandon,
        ),
        svg.bars(
            "Minutes of an agent's hour",
            ["talking", "ready, waiting", "wrap-up and own interval"],
            [svg.Group(o.name, _minutes(o)) for o in both],
        ),
    ]


def _hours(outcome: Outcome) -> list[float]:
    return [(i + 0.5) * BUCKET_S / 3600.0 for i in range(len(outcome.buckets))]


def _abandonment(outcome: Outcome) -> svg.Line:
    xs, ys, band = [], [], []
    answers = abandoned = 0
    for i, bucket in enumerate(outcome.buckets):
        answers, abandoned = answers + bucket.answers, abandoned + bucket.abandoned
        low, high = bounds.interval(abandoned, answers) if answers else (0.0, math.nan)
        xs.append((i + 1) * BUCKET_S / 3600.0)
        ys.append(100.0 * abandoned / answers if answers else math.nan)
        band.append((100.0 * low, 100.0 * high))
    return svg.Line(outcome.name, xs, ys, band)


def _minutes(outcome: Outcome) -> list[float]:
    total = outcome.total
    worked = total.working_s or 1.0
    talking, ready = 60.0 * total.talk_s / worked, 60.0 * total.ready_s / worked
    return [talking, ready, 60.0 - talking - ready if total.working_s else 0.0]


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if math.isfinite(value) else "no conversation"
