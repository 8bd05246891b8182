"""Maps of a comparison on one scale: a chooser for the page, small maps for print."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from geoalloc._types import FloatArray, IndexArray
from geoalloc.report import _comparison_surfaces as encoded
from geoalloc.report._comparison_map_pages import pages
from geoalloc.report._comparison_map_words import (
    MEASURES,
    change_labels,
    changed,
    notes,
    value_labels,
)
from geoalloc.report._page import Block, Fold, Live, Section, Table
from geoalloc.runs import comparison_scale as scale
from geoalloc.runs.comparison import Comparison
from geoalloc.runs.scale import COLORS

__all__ = ["pages", "section"]

_SCRIPTS = (
    "comparison_maps.js",
    "comparison_marks.js",
    "comparison_view.js",
    "comparison_page.js",
)
_TEN = 10  # places named on each side
_FEW = 3  # of them in the table of all scenarios
_TOWNS = 60  # names that the map looks for room for
_LINES = ("force", "district", "river")

_INKS = {
    "light": {
        "values": COLORS,
        "less": scale.LESS,
        "same": scale.NEUTRAL,
        "more": scale.MORE,
        "none": "#ffffff",
        "hatch": "#55616b",
        "line": "#3f4a53",
        "casing": "#ffffff",
        "water": "#7fa6c4",
        "post": "#111111",
        "name": "#11181d",
        "halo": "#ffffff",
    },
    "dark": {
        "values": ("#1c3f78", "#56607a", "#8a8678", "#c6b25f", "#fee838"),
        "less": ("#26507c", "#2f79bf", "#6bb2f2", "#d3e9ff"),
        "same": "#2d343a",
        "more": ("#66451f", "#ab651b", "#ee9740", "#ffe0b5"),
        "none": "#10161a",
        "hatch": "#8b969e",
        "line": "#a9b5bd",
        "casing": "#000000",
        "water": "#3c6683",
        "post": "#ffffff",
        "name": "#f2f5f6",
        "halo": "#10161a",
    },
}


def section(comparison: Comparison) -> Section:
    """Write the section of the page with the maps of all scenarios.

    A chooser of scenario, of base, scenario or difference, and of what is mapped; the
    map; a key whose classes are the same for every scenario; the places that gain and
    lose most. Without JavaScript a table of these places is left.
    """
    names = scale.planned(comparison)
    title = "Maps on one scale"
    if not names or comparison.hexes.empty:
        said = "No scenario could be planned, so that there is nothing to map."
        return Section(title=title, blocks=[said])
    found = scale.surfaces(comparison)
    places, at = _places(comparison)
    unmet = _by_place(found["unmet"], at, "unmet")
    blocks: list[Block] = [
        "Every scenario is drawn in the same classes, so that a color means the same "
        "on each map. A difference is the scenario less the base: blue where it has "
        "less, brown where it has more. The maps show what the model expects hex by "
        "hex; whether a scenario differs at all is judged by the simulation, above.",
        Live(
            html=_markup(names, _payload(comparison, names, found)),
            style=_read("comparison_maps.css"),
            script="\n".join(_read(name) for name in _SCRIPTS),
        ),
    ]
    if len(names) > 1:
        table = _every(names, changed(found["unmet"], "unmet"), unmet, places)
        blocks.append(Fold(title="Places of all scenarios, as a table", blocks=[table]))
    return Section(title=title, blocks=blocks)


def _read(name: str) -> str:
    return (files("geoalloc.report") / name).read_text(encoding="utf-8")


def _places(comparison: Comparison) -> tuple[list[str], IndexArray]:
    """List the names of places, and which of them each hex bears."""
    names = np.array(scale.names_of_places(comparison.hexes), dtype=object)
    different, at = np.unique(names, return_inverse=True)
    return different.tolist(), at.ravel().astype(np.int64)


def _markup(names: Sequence[str], payload: str) -> Markup:
    option = Markup('<option value="{}"{}>{}</option>')
    options = [
        option.format(k, Markup(" selected") if k == min(1, len(names) - 1) else "", n)
        for k, n in enumerate(names)
    ]
    return Markup(_read("comparison_maps.html")).format(
        options=Markup("\n").join(options), payload=payload
    )


def _payload(
    comparison: Comparison, names: Sequence[str], found: Mapping[str, scale.Surface]
) -> str:
    """Pack what the page needs, once: a head, then corners, places and codes."""
    frame = comparison.hexes
    ground = encoded.ground(frame["hex_id"].to_numpy(np.uint64))
    places, at = _places(comparison)
    head = {
        "n": len(frame),
        "corners": ground.corners.shape[1],
        "wide": ground.wide,
        "high": ground.high,
        "scenarios": list(names),
        "places": places,
        "towns": _towns(comparison, ground),
        "lines": _lines(comparison, ground),
        "posts": _posts(comparison, names, ground),
    }
    codes = [
        layer
        for name in MEASURES
        for layer in (
            encoded.codes(found[name].amounts, found[name].breaks, found[name].most),
            encoded.change_codes(found[name]),
        )
    ]
    body = encoded.geometry(ground) + encoded.planes(at.astype("<u2"))
    return encoded.packed(head | _of_measures(found, at), body + encoded.by_hex(codes))


def _of_measures(found: Mapping[str, scale.Surface], at: IndexArray) -> dict[str, Any]:
    """Say what the measures are, how codes are read, and where they change most."""
    return {
        "step": encoded.STEP,
        "code": {
            "steps": encoded.STEPS,
            "lost": encoded.LOST,
            "reached": encoded.REACHED,
            "first": encoded.FIRST_CHANGE,
        },
        "inks": _INKS,
        "measures": {name: _told(name, found[name]) for name in MEASURES},
        "said": {name: changed(found[name], name) for name in MEASURES},
        "tables": {
            name: [_ranked(rows, _TEN) for rows in _by_place(found[name], at, name)]
            for name in MEASURES
        },
    }


def _told(name: str, surface: scale.Surface) -> dict[str, Any]:
    """Say of a measure what the page needs: its title, unit, breaks and key."""
    words = MEASURES[name]
    of_values, of_changes = notes(surface)
    return {
        "title": words.title,
        "unit": words.unit,
        "absent": words.absent,
        "least": words.least,
        "greatest": words.greatest,
        "values": {
            "breaks": surface.breaks,
            "most": surface.most,
            "labels": value_labels(name, surface),
            "note": of_values,
        },
        "changes": {
            "breaks": surface.change_breaks,
            "most": surface.most_change,
            "labels": change_labels(name, surface),
            "note": of_changes,
        },
    }


def _by_place(surface: scale.Surface, at: IndexArray, name: str) -> list[pd.DataFrame]:
    """Gather each scenario by place: its sum of calls, or its mean of minutes.

    Hexes that one of the two does not reach are in no mean.
    """
    return [
        _gathered(surface.amounts[0], amounts, at, mean=name == "minutes")
        for amounts in surface.amounts
    ]


def _gathered(
    base: FloatArray, values: FloatArray, at: IndexArray, *, mean: bool
) -> pd.DataFrame:
    known = np.isfinite(base) & np.isfinite(values)
    n = np.bincount(at[known], minlength=at.max(initial=0) + 1)
    sums = [
        np.bincount(at[known], weights=each[known], minlength=n.size)
        for each in (base, values)
    ]
    share = np.maximum(n, 1) if mean else 1
    frame = pd.DataFrame({"base": sums[0] / share, "value": sums[1] / share})
    return frame.assign(change=frame["value"] - frame["base"])[n > 0]


def _ranked(frame: pd.DataFrame, n: int) -> list[list[list[Any]]]:
    """Rows (place, base, value) of the largest falls, and of the largest rises.

    Of places that tie the first by name comes first.
    """
    ordered = frame.sort_values("change", kind="stable")
    rising = frame.sort_values("change", ascending=False, kind="stable")
    least = ordered[ordered["change"] < 0].head(n)
    greatest = rising[rising["change"] > 0].head(n)
    return [
        [
            [int(at), float(f"{row['base']:.4g}"), float(f"{row['value']:.4g}")]
            for at, row in side.iterrows()
        ]
        for side in (least, greatest)
    ]


def _every(
    names: Sequence[str],
    said: Sequence[str],
    by_place: Sequence[pd.DataFrame],
    places: Sequence[str],
) -> Table:
    """Name the places of all scenarios, for those whom the maps do not serve."""
    rows = [
        (name, whole, *(_listed(side, places) for side in _ranked(frame, _FEW)))
        for name, whole, frame in zip(names, said, by_place, strict=True)
    ]
    return Table(
        caption="Unmet demand by place: late calls of the shift, weighted, by the "
        f"model; {names[0]} to the scenario.",
        columns=("scenario", "all hexes", "falls most at", "rises most at"),
        rows=rows[1:],
    )


def _listed(rows: list[list[Any]], places: Sequence[str]) -> str:
    told = [f"{places[at]} ({a:.2g} to {b:.2g})" for at, a, b in rows]
    return "; ".join(told) or "nowhere"


def _towns(comparison: Comparison, ground: encoded.Ground) -> list[list[Any]]:
    """Towns at the middle of their people, then their parts and villages, by size."""
    areas = comparison.areas
    places = areas[areas["kind"] == "place"]
    if places.empty:
        return []
    at = ground.placed(places.geometry.x.to_numpy(), places.geometry.y.to_numpy())
    people = places["population"].to_numpy(np.float64) + 1.0
    points = pd.DataFrame({"name": places["name"].to_numpy(), "people": people})
    town = places["town"].where(places["town"] != "", places["name"]).to_numpy()
    points[["x", "y"]] = at
    whole = points.assign(name=town, x=points["x"] * people, y=points["y"] * people)
    whole = whole.groupby("name", as_index=False)[["people", "x", "y"]].sum()
    whole[["x", "y"]] = whole[["x", "y"]].div(whole["people"], axis=0).round()
    parts = points[~points["name"].isin(town)]
    chosen = pd.concat([_largest(whole), _largest(parts)]).astype(
        {"x": np.int64, "y": np.int64}
    )
    return [[row.x, row.y, row.name] for row in chosen.itertuples(index=False)]


def _largest(places: pd.DataFrame) -> pd.DataFrame:
    order = places.sort_values(
        ["people", "name"], ascending=[False, True], kind="stable"
    )
    return order.head(_TOWNS)


def _lines(comparison: Comparison, ground: encoded.Ground) -> dict[str, Any]:
    areas = comparison.areas
    layers = {kind: areas[areas["kind"] == kind] for kind in _LINES}
    return {
        kind: encoded.lines(layer, ground)
        for kind, layer in layers.items()
        if len(layer)
    }


def _posts(
    comparison: Comparison, names: Sequence[str], ground: encoded.Ground
) -> dict[str, Any]:
    """Where units stand by: each spot once, and how many stand there by scenario."""
    frame = comparison.posts
    at = ground.placed(frame["longitude"].to_numpy(), frame["latitude"].to_numpy())
    spots, which = np.unique(at, axis=0, return_inverse=True)
    n = pd.DataFrame({"scenario": frame["scenario"].to_numpy(), "at": which.ravel()})
    n = n.groupby(["scenario", "at"], sort=True).size()
    units = [
        [[int(k), int(count)] for k, count in n.get(name, pd.Series(dtype=int)).items()]
        for name in names
    ]
    return {"at": spots.tolist(), "units": units}
