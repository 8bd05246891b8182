"""Sections of the page of a backtest that stand by themselves."""

from typing import TYPE_CHECKING

from geoalloc.evaluation import Backtest
from geoalloc.report import _backtest_charts as draw
from geoalloc.report import _backtest_words as words
from geoalloc.report import _chart
from geoalloc.report._page import Block, Chart, Fold, Section, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

_ROW = 190.0  # points of a row of drawings


def panels(
    result: Backtest,
    name: str,
    paint: "Callable[[Axes, str], None]",
    *,
    labels: tuple[str, str],
    alt: str,
    caption: str,
) -> Chart:
    """Draw a panel for each group, two beside each other, and a key above them."""
    groups = words.groups(result)
    columns = 1 if len(groups) == 1 else 2
    rows = -(-len(groups) // columns)
    key = 22.0 * -(-len(words.forecasters(result)) // 4)
    with _chart.settings():
        figure, axes = _chart.grid(rows, columns, height=_ROW * rows + key)
        for each, group in zip(axes, groups, strict=False):
            paint(each, group)
            each.set_xlabel(labels[0])
            each.set_ylabel(labels[1])
        for each in axes[len(groups) :]:
            each.axis("off")
        _chart.key(figure, draw.styles(result))
        return _chart.chart(figure, name, alt=alt, caption=caption)


def calibration(result: Backtest) -> list[Block]:
    frame = result.calibration
    if frame.empty:
        return []
    blocks: list[Block] = [
        "An interval of 80 % should hold what happened 8 times in 10: above the "
        "dashed line intervals are too wide, below it they are too narrow."
    ]
    kinds = {
        "hex": "counts of hexes that come first",
        "total": "counts of the whole area",
    }
    for what, said in kinds.items():
        if (frame["what"] == what).any():
            blocks.append(
                panels(
                    result,
                    f"calibration-{what}",
                    lambda axes, group, what=what: draw.calibration(  # type: ignore[misc]
                        axes, result, group, what
                    ),
                    labels=("% the interval should hold", "% it held"),
                    alt=f"Coverage of intervals for {said} against what it should be; "
                    "the figures are in the table.",
                    caption=f"Coverage of intervals for {said}, with intervals.",
                )
            )
    rows = [
        (
            row["group"],
            row["forecaster"],
            kinds.get(row["what"], row["what"]),
            f"{row['nominal']:.0%}",
            _share(row["coverage"]),
            f"{_share(row['low'])} to {_share(row['high'])}",
        )
        for row in frame.to_dict("records")
    ]
    table = Table(
        caption="Coverage of intervals.",
        columns=("group", "forecaster", "of", "should hold", "held", "interval"),
        rows=rows,
    )
    return [*blocks, Fold(title="Figures", blocks=[table])]


def _share(value: float) -> str:
    return "\N{EN DASH}" if value != value else f"{value:.1%}"


def stability(result: Backtest) -> list[Block]:
    board = result.leaderboard
    mine = board[board["measure"].str.startswith("stability_")]
    if mine.empty:
        return []
    rows = [
        (
            row["group"],
            row["forecaster"],
            _share(row["value"]),
            f"{_share(row['low'])} to {_share(row['high'])}",
        )
        for row in mine.to_dict("records")
    ]
    share = str(mine["measure"].iloc[0]).rpartition("_")[2]
    return [
        Table(
            caption=f"Land that is in the top {share} % at one origin and at the next, "
            "of the land that is at either (Jaccard).",
            columns=("group", "forecaster", "stays", "interval"),
            rows=rows,
        )
    ]


def rhythm(result: Backtest) -> list[Block]:
    frame = result.rhythm
    if frame.empty:
        return ["Only months are known: the rhythm of the week could not be tested."]
    rows = [
        (
            row["group"],
            row["model"],
            words.figure("log_score", row["log_score"]),
            words.interval("log_score", row["low"], row["high"]),
            f"{row['incidents']:,.0f}",
        )
        for row in frame.to_dict("records")
    ]
    return [
        Table(
            caption="Mean log of how much more than evenly the hours of incidents were "
            "expected; 0 is no better than every hour alike.",
            columns=("group", "model", "log score", "interval", "incidents"),
            rows=rows,
        )
    ]


def explained(result: Backtest) -> list[Block]:
    blocks: list[Block] = ["As of the last origin."]
    frame = result.explanations
    for (group, name), mine in frame.groupby(["group", "forecaster"], sort=False):
        inner: list[Block] = []
        for (_, sentence), parts in mine.groupby(["of", "sentence"], sort=False):
            inner.append(str(sentence))
            rows = [
                (str(row["part"]), f"{row['weight']:.4g}")
                for row in parts.to_dict("records")
                if isinstance(row["part"], str) and row["part"]
            ]
            if rows:
                inner.append(
                    Table(
                        caption=f"What {name} is made of: {parts['of'].iloc[0]}. A "
                        "share where no unit is named.",
                        columns=("part", "weight"),
                        rows=rows,
                    )
                )
        blocks.append(Fold(title=f"{group}: {name}", blocks=inner))
    return blocks if len(blocks) > 1 else []


def feedback(result: Backtest) -> list[Section]:
    frame = result.feedback
    if frame is None or frame.empty:
        return []
    names = list(dict.fromkeys(frame["forecaster"]))
    with _chart.settings():
        figure, axes = _chart.grid(len(names), 1, height=_ROW * len(names) + 22)
        for each, name in zip(axes, names, strict=True):
            draw.feedback(each, frame[frame["forecaster"] == name])
            each.set_title(name)
            each.set_xlabel("steps of 28 days")
            each.set_ylabel("expected over true share")
        _chart.key(figure, draw.settings_styles(frame))
        chart = _chart.chart(
            figure,
            "feedback",
            alt="Lines of the expected over the true share of incidents in the hexes "
            "patrolled first, by step, with and without discovered incidents; the "
            "figures are in the table.",
            caption="Expected over true share of incidents in the hexes patrolled "
            "first; 1 is the truth. Shaded: the least and the greatest over seeds.",
        )
    rows = [
        (
            row["forecaster"],
            row["setting"],
            f"{row['step']}",
            _share(row["true_share"]),
            _share(row["expected_share"]),
            f"{row['ratio']:.2f}",
            f"{row['low']:.2f} to {row['high']:.2f}",
        )
        for row in frame.to_dict("records")
    ]
    table = Table(
        caption="Share of incidents in the hexes patrolled first.",
        columns=(
            "forecaster",
            "trained on",
            "step",
            "true",
            "expected",
            "ratio",
            "over seeds",
        ),
        rows=rows,
    )
    said = (
        "Simulated, after Ensign et al. (2018): patrol goes where the forecaster "
        "says, and what it discovers there is recorded. The true rates are those of "
        "the data; "
        "how many incidents are reported, and how many of the rest patrol discovers, "
        "is assumed."
    )
    return [
        Section(
            title="Would records made by patrol run away?",
            blocks=[said, chart, Fold(title="Figures", blocks=[table])],
        )
    ]
