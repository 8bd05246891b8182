"""The page of a backtest: who tells best what comes, and by how much it is known."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from geoalloc.evaluation import Backtest
from geoalloc.report import _backtest_charts as draw
from geoalloc.report import _backtest_parts as parts
from geoalloc.report import _backtest_words as words
from geoalloc.report import _chart
from geoalloc.report._page import (
    Block,
    Chart,
    Facts,
    Flag,
    Fold,
    Points,
    Section,
    Table,
    page,
)

__all__ = ["backtest_page"]

_SHOWN = ("log_score", "hit_rate_1", "pai_1", "pei_1", "crps", "stability_1")


def backtest_page(result: Backtest, record: Mapping[str, Any]) -> str:
    """Write a backtest as one HTML file.

    Parameters
    ----------
    result
        Of ``evaluation.backtest``.
    record
        ``name`` of the area, ``marking`` and ``version`` of geoalloc; where they are
        there, ``run_id``, ``synthetic``, ``attribution``, ``columns`` (which was taken
        for what), ``area``, ``n_read``, ``n_used``, ``period`` (``from, to``),
        ``discovered`` (categories left out) and ``sources`` (``name, sha256, rows``)
        are told too.
    """
    sections = [
        Section(title="In short", blocks=_short(result)),
        Section(title="Leaderboard", blocks=_leaderboard(result)),
        Section(title="How much of it on how little land", blocks=_curves(result)),
        Section(title="From origin to origin", blocks=_by_origin(result)),
        Section(title="Are the intervals honest?", blocks=parts.calibration(result)),
        Section(title="Do the chosen hexes stay?", blocks=parts.stability(result)),
        Section(title="Hours of the week", blocks=parts.rhythm(result)),
        Section(title="What the forecasts are made of", blocks=parts.explained(result)),
        *parts.feedback(result),
        Section(title="How this was made", blocks=_made(result, record)),
    ]
    return page(
        f"Backtest of forecasts: {record['name']}",
        [section for section in sections if section.blocks],
        marking=str(record["marking"]),
        lead=words.period(result)
        + f"; {result.settings['hexes']:,} hexes of resolution "
        f"{result.settings['resolution']}. Nothing after an origin was told to the "
        "forecaster.",
        synthetic=bool(record.get("synthetic", False)),
    )


def _short(result: Backtest) -> list[Block]:
    told = [words.verdict(result, g, "log_score") for g in words.groups(result)]
    wins = words.naive_wins(result)
    blocks: list[Block] = [
        "By log score, which judges the whole map and not only its top:",
        Points(sentences=told),
    ]
    if wins:
        blocks += [Flag(sentence="Where the naive count holds its own:")]
        blocks += [Points(sentences=wins)]
    else:
        blocks += ["In every group something is better than the naive count."]
    if result.notes:
        blocks += ["To bear in mind:", Points(sentences=result.notes)]
    return blocks


def _leaderboard(result: Backtest) -> list[Block]:
    confidence = f"{100 * result.settings['confidence']:g} %"
    blocks: list[Block] = [
        f"Intervals of {confidence} come from {result.settings['resamples']:,} draws "
        f"of blocks of {result.settings['block_origins']} origins, the same for all. "
        "Better, level and worse are against the naive count: level where the interval "
        "of the difference holds 0."
    ]
    blocks += [_board(result, group) for group in words.groups(result)]
    blocks.append(_skills(result))
    measures = list(dict.fromkeys(result.leaderboard["measure"]))
    meanings = dict.fromkeys((words.kind(m), words.meaning(m)) for m in measures)
    every = [_every(result, group) for group in words.groups(result)]
    return [
        *blocks,
        Fold(title="Every measure", blocks=every),
        Fold(title="What the measures say", blocks=[Facts(pairs=list(meanings))]),
    ]


def _board(result: Backtest, group: str) -> Table:
    shown = [m for m in _SHOWN if len(words.rows_of(result, group, m))]
    by = {m: words.rows_of(result, group, m).set_index("forecaster") for m in shown}
    log = by["log_score"]
    rows, marked = [], set()
    for i, (name, row) in enumerate(log.iterrows()):
        each = {"forecaster": name, **row.to_dict()}
        if row["best"]:
            marked.add(i)
        rows.append(
            (
                words.ranked(each, 40),
                words.standing(each),
                words.figure("log_score", row["value"]),
                words.interval("log_score", row["low"], row["high"]),
                words.figure("log_score", row["skill"], signed=True),
                words.interval(
                    "log_score", row["skill_low"], row["skill_high"], signed=True
                ),
                *(_value(by[m], str(name), m) for m in shown[1:]),
            )
        )
    return Table(
        caption=f"{group}, {result.settings['groups'].get(group, 0):,} incidents: by "
        "log score, with its interval and its gain on the naive count.",
        columns=(
            "forecaster",
            "log score is",
            "log score",
            "interval",
            "gain",
            "interval of gain",
            *(words.label(m) for m in shown[1:]),
        ),
        rows=rows,
        marked=frozenset(marked),
    )


def _value(rows: pd.DataFrame, name: str, measure: str) -> str:
    known = name in rows.index
    return words.figure(
        measure, float(rows.loc[name, "value"]) if known else float("nan")
    )


def _every(result: Backtest, group: str) -> Table:
    board = result.leaderboard
    rows = [
        (
            words.label(row["measure"]),
            row["forecaster"],
            words.figure(row["measure"], row["value"]),
            words.interval(row["measure"], row["low"], row["high"]),
            words.figure(row["measure"], row["skill"], signed=True),
            words.interval(
                row["measure"], row["skill_low"], row["skill_high"], signed=True
            ),
            "best"
            if row["best"]
            else "level with best"
            if row["level_with_best"]
            else "",
        )
        for row in board[board["group"] == group].to_dict("records")
    ]
    order = list(dict.fromkeys(row[0] for row in rows))
    rows.sort(key=lambda row: order.index(row[0]))
    return Table(
        caption=f"{group}: every measure, the gain on the naive count, and who is "
        "best.",
        columns=(
            "measure",
            "forecaster",
            "value",
            "interval",
            "gain",
            "interval of gain",
            "",
        ),
        rows=rows,
    )


def _skills(result: Backtest) -> Chart:
    groups = words.groups(result)
    n = len(words.forecasters(result))
    with _chart.settings():
        height = (42.0 + 17.0 * n) * len(groups)
        figure, axes = _chart.grid(len(groups), 2, height=height)
        for i, group in enumerate(groups):
            for each, measure in zip(axes[2 * i : 2 * i + 2], words.MAIN, strict=True):
                draw.skills(each, result, group, measure)
                each.set_xlabel(f"gain in {words.label(measure)}")
        return _chart.chart(
            figure,
            "skill",
            alt="Gain of each forecaster on the naive count with its interval, in log "
            "score and in hit rate at 1 %; the figures are in the tables.",
            caption="Gain on the naive count, which is the line at 0, with intervals. "
            "One that crosses the line is level with it.",
        )


def _curves(result: Backtest) -> list[Block]:
    if result.curves.empty:
        return []
    return [
        parts.panels(
            result,
            "curves",
            lambda axes, group: draw.curves(axes, result, group),
            labels=("% of land", "% of incidents"),
            alt="Lines of the share of incidents within the hexes that come first, "
            "against the share of the land they take, by group and forecaster.",
            caption="Incidents within the hexes that come first, over all origins.",
        )
    ]


def _by_origin(result: Backtest) -> list[Block]:
    if len(result.settings["origins"]) < 2:
        return []
    return [
        parts.panels(
            result,
            "origins",
            lambda axes, group: draw.by_origin(axes, result, group, "log_score"),
            labels=("", "log score"),
            alt="Lines of the log score of each window against its origin, by group "
            "and forecaster.",
            caption="Log score of each window, at its origin.",
        )
    ]


def _made(result: Backtest, record: Mapping[str, Any]) -> list[Block]:
    settings = result.settings
    origins = [str(origin)[:16].replace("T", " ") for origin in settings["origins"]]
    discovered = record.get("discovered", ())
    pairs = [
        ("Made by", f"geoalloc {record['version']}"),
        ("Run", str(record.get("run_id", ""))),
        ("Data", str(record.get("attribution", ""))),
        ("Read as", str(record.get("columns", ""))),
        ("Area", str(record.get("area", ""))),
        ("Incidents", _used(record)),
        ("Horizon", str(settings["horizon"])),
        ("Origins", f"{len(origins)}, local times: {', '.join(origins)}"),
        (
            "Hexes",
            f"{settings['hexes']:,} on {settings['land_km2']:,.0f} km\u00b2 of land",
        ),
        ("Left out, as discovered by police", ", ".join(discovered)),
        (
            "Bootstrap",
            f"{settings['resamples']:,} draws, seed {settings['seed']}, blocks of "
            f"{settings['block_origins']} origins",
        ),
    ]
    blocks: list[Block] = [Facts(pairs=[pair for pair in pairs if pair[1]])]
    sources = record.get("sources", ())
    if sources:
        table = Table(
            caption="Files in the order read.",
            columns=("file", "rows", "SHA-256"),
            rows=[(s["name"], f"{s['rows']:,}", s["sha256"]) for s in sources],
        )
        blocks.append(Fold(title="Files", blocks=[table]))
    return blocks


def _used(record: Mapping[str, Any]) -> str:
    if "n_read" not in record:
        return ""
    told = f"{record['n_used']:,} of {record['n_read']:,} rows"
    period = record.get("period")
    return (
        f"{told}, {period['from'][:10]} up to {period['to'][:10]}" if period else told
    )
