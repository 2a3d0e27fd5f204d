"""A report as one self-contained page: tables and plots, light and dark, fit for mail and for paper."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from dialer import svg
from dialer.language import Words
from dialer.reports.table import Cell, Column, Kind, Report, Table
from dialer.reports.words import shown

_PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title><style>
:root{{--ink:#1d2126;--paper:#fff;--rule:#e4e2db;--faint:#5c636e;--bg:#f6f5f1}}
@media(prefers-color-scheme:dark){{:root{{--ink:#eceef0;--paper:#191c21;--rule:#2a2e35;--faint:#9ba1ac;--bg:#111317}}}}
body{{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--bg);max-width:72rem;margin:1.5rem auto;
padding:0 1rem}}
section{{background:var(--paper);border:1px solid var(--rule);border-radius:12px;padding:.4rem 1.2rem 1rem;
margin:1rem 0}}
h1{{font-size:1.5rem;margin:.2rem 0}}h2{{font-size:1.1rem;margin:.8rem 0 .4rem}}
.scroll{{overflow-x:auto}}table{{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}}
th,td{{padding:.3rem .55rem;border-bottom:1px solid var(--rule);text-align:right;vertical-align:bottom;
white-space:nowrap}}
th{{font-size:.8rem;color:var(--faint);font-weight:600;white-space:normal;word-break:keep-all}}
th.text,td.text{{text-align:left}}.faint{{color:var(--faint);font-size:.85rem}}
figure{{margin:.8rem 0}}svg{{max-width:100%;height:auto}}
@media print{{:root{{--ink:#000;--paper:#fff;--rule:#bbb;--faint:#444;--bg:#fff}}
body{{max-width:none;margin:0;font-size:9pt}}
section{{border:0;padding:0;break-inside:auto}}h2{{break-after:avoid}}tr,figure{{break-inside:avoid}}
.scroll{{overflow:visible}}
th,td{{padding:.15rem .3rem}}}}
</style></head><body>
<h1>{title}</h1><p class="faint">{about}</p>
{sections}</body></html>
"""
_MOST_BARS = 31
_SHOWN_ROWS = 200


def page(report: Report, words: Words) -> str:
    """The whole page; it loads nothing from anywhere and runs nothing. The report speaks the words' language."""
    made_at = f"{report.made_at:%Y-%m-%d %H:%M} UTC"
    about = words("report.made", zone=report.zone, at=made_at, instance=report.instance)
    sections = "".join(_section(table, report.currency, words) for table in report.tables if table.rows)
    empty = f'<section><p class="faint">{escape(words("report.empty"))}</p></section>'
    return _PAGE.format(
        lang=words.tag, title=escape(report.title), about=escape(about), sections=sections or empty
    )


def plots(table: Table, words: Words) -> list[str]:
    """What is worth drawing of a table, as SVG."""
    rows = table.rows[:_MOST_BARS]
    if table.name in ("by_hour", "by_day"):
        names = [_short(str(row[0])) for row in rows]
        return [
            _bars(words("report.plot.calls"), table, names, ("dials", "contacts", "conversions")),
            _bars(words("report.plot.contact_rate"), table, names, ("contact_rate",), 100.0),
            _bars(
                words("report.plot.hours"),
                table,
                names,
                ("talk_s", "waiting_s", "wrap_up_s", "interval_s"),
                1 / 3600,
            ),
        ]
    if table.name == "ranking":
        names = [str(row[1]) for row in rows[:20]]
        column = "value" if any(table.column("value")) else "conversions"
        title = next(one.title for one in table.columns if one.name == column)
        title = words("report.plot.by_agent", what=title)
        return [_bars(title, table, names, (column,))] if any(table.column(column)) else []
    return []


def _bars(title: str, table: Table, names: list[str], columns: tuple[str, ...], scale: float = 1.0) -> str:
    chosen = [name for name in columns if table.has(name)]
    titles = {column.name: column.title for column in table.columns}
    series = [table.column(name) for name in chosen]
    groups = [
        svg.Group(name, [scale * float(each[place] or 0.0) for each in series])
        for place, name in enumerate(names)
    ]
    width = max(720, 44 * len(groups))
    return svg.bars(title, [titles[name] for name in chosen], groups, size=(width, 280))


def _short(name: str) -> str:
    return name[5:] if len(name) == len("2026-01-01") else name.removesuffix(":00")


def _section(table: Table, currency: str, words: Words) -> str:
    figures = "".join(f"<figure>{plot}</figure>" for plot in plots(table, words))
    heads = "".join(_head(column) for column in table.columns)
    body = "".join(
        f"<tr>{_row(row, table.columns, currency, words)}</tr>" for row in table.rows[:_SHOWN_ROWS]
    )
    note = table.note
    if len(table.rows) > _SHOWN_ROWS:
        note = f"{note} {words('report.first_rows', shown=_SHOWN_ROWS, all=len(table.rows))}".strip()
    return (
        f"<section><h2>{escape(table.title)}</h2>{figures}<div class='scroll'><table><thead><tr>{heads}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
        + (f'<p class="faint">{escape(note)}</p>' if note else "")
        + "</section>\n"
    )


def _head(column: Column) -> str:
    return f'<th scope="col" class="{_side(column)}">{escape(column.title)}</th>'


def _row(row: Iterable[Cell], columns: tuple[Column, ...], currency: str, words: Words) -> str:
    return "".join(
        f'<td class="{_side(column)}">{escape(shown(cell, column.kind, currency, words))}</td>'
        for cell, column in zip(row, columns, strict=True)
    )


def _side(column: Column) -> str:
    return "text" if column.kind is Kind.TEXT else "figure"
