"""What each unit does tonight: briefing, post, break, visits, and who is beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import shapely

from geoalloc import gazetteer, hexes
from geoalloc._types import FloatArray
from geoalloc.briefing import wording
from geoalloc.briefing.priorities import Priority
from geoalloc.briefing.timeline import Entry, timeline
from geoalloc.runs import Run

__all__ = ["Beside", "Duty", "duties", "words"]

_BESIDE = 3
_PLACES = 8  # by which a beat is described


@dataclass(frozen=True, kw_only=True)
class Beside:
    """A unit that stands near, and where it first does."""

    unit_id: str
    post: str
    grid_ref: str


@dataclass(frozen=True, kw_only=True)
class Duty:
    """The night of a unit.

    Attributes
    ----------
    starts, ends
        Local.
    entries
        In order of time.
    reason
        Why it stands where it first does.
    beat
        Places in the hexes that it is first to, those with most demand first; with
        ``more`` others. None where others are nearer to every hex.
    beside
        Units that come second where it is first, then those that stand nearest.
    hexes
        Of its beat.
    """

    unit_id: str
    kind: str
    skills: str
    officers: int
    home_station: str
    starts: pd.Timestamp
    ends: pd.Timestamp
    entries: tuple[Entry, ...]
    reason: str
    beat: tuple[str, ...]
    more: int
    beside: tuple[Beside, ...]
    hexes: tuple[int, ...]

    @property
    def posts(self) -> tuple[Entry, ...]:
        """Where it stands by: the first spell at each post."""
        spells = [e for e in self.entries if e.number is None and e.point is not None]
        first = {entry.where: entry for entry in reversed(spells)}
        return tuple(sorted(first.values(), key=lambda entry: entry.starts))

    @property
    def visits(self) -> tuple[Entry, ...]:
        """The visits to priorities."""
        return tuple(entry for entry in self.entries if entry.number is not None)


@dataclass(frozen=True, kw_only=True)
class _Beats:
    """Who is first and second where: by unit, its hexes and who comes after it."""

    hexes: Mapping[str, np.ndarray]
    second: Mapping[str, list[str]]
    place: Mapping[int, str]


@dataclass(frozen=True, kw_only=True)
class _Stands:
    """Where the units stand: names, posts, grid references, and degrees (n, 2)."""

    unit: tuple[str, ...]
    post: tuple[str, ...]
    grid_ref: tuple[str, ...]
    point: FloatArray


_Points: TypeAlias = Mapping[int, tuple[float, float]]


def duties(run: Run, priorities: Sequence[Priority]) -> list[Duty]:
    """List the night of every unit that is on duty, in the order of the run.

    Parameters
    ----------
    priorities
        Whose numbers stand beside the visits; a visit to what is none has its rank.
    """
    beats, stands = _beats(run), _stands(run)
    numbers = {one.rank: one.number for one in priorities}
    spots = _spots(run.hotspots)
    plan = run.plan.assign(point=_posts(run.plan))
    plans = _by_unit(plan.sort_values("period", kind="stable"))
    ranks = [int(rank) for rank in run.visits["rank"]]
    due = run.visits.assign(
        number=[numbers.get(rank, rank) for rank in ranks],
        point=[spots.get(rank) for rank in ranks],
    )
    visits = _by_unit(due)
    found = []
    for unit in run.units.itertuples():
        if unit.unit_id not in plans:
            continue
        rows = plans[unit.unit_id]
        entries = timeline(run.record, unit, rows, visits.get(unit.unit_id, []))
        found.append(_duty(run, unit, rows, entries, beats, stands))
    return found


def _by_unit(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Gather the rows of a frame by unit, in order: fast, where units are many."""
    found: dict[str, list[Any]] = {}
    for row in frame.itertuples():
        found.setdefault(row.unit_id, []).append(row)
    return found


def words(duty: Duty) -> list[tuple[str, list[str]]]:
    """Write what a duty sheet says besides the timeline: titles and sentences."""
    more = f" and {duty.more} places more" if duty.more else ""
    beat = (
        f"First to calls at the start of the shift in {', '.join(duty.beat)}{more}."
        if duty.beat
        else "Others are nearer to every place: it answers when they are at calls."
    )
    beside = [f"{one.unit_id}: {one.post}, {one.grid_ref}." for one in duty.beside] or [
        "No other unit is on duty."
    ]
    return [
        ("Why here", [duty.reason]),
        ("Beat tonight (outlined)" if duty.beat else "Beat tonight", [beat]),
        ("Beside you", beside),
        ("Remember", [*_back(duty), wording.STOP_AND_SEARCH, wording.MARKERS]),
    ]


def _back(duty: Duty) -> list[str]:
    """Tell a unit that ends its night elsewhere that it has to drive home."""
    standing = [e for e in duty.entries if e.number is None and e.point is not None]
    if not standing or standing[-1].where.startswith(duty.home_station):
        return []
    return [
        f"The drive back from {standing[-1].where} to {duty.home_station} is not in "
        "these times: agree when to leave."
    ]


def _spots(hotspots: pd.DataFrame) -> _Points:
    """Give longitude and latitude of each hotspot by its rank."""
    return {
        int(row.rank): (float(row.longitude), float(row.latitude))
        for row in hotspots.itertuples()
    }


def _posts(plan: pd.DataFrame) -> list[tuple[float, float]]:
    """Give longitude and latitude of the post of each row, as its reference says."""
    known = plan[["grid_ref", "post_hex"]].drop_duplicates()
    ids = known["post_hex"].to_numpy(np.uint64)
    middles = shapely.get_coordinates(shapely.centroid(hexes.polygons(ids)))
    stated = gazetteer.places_of(known["grid_ref"].tolist())
    at = np.where(np.isnan(stated), middles, stated).tolist()
    point = {
        (text, int(one)): (x, y)
        for text, one, (x, y) in zip(known["grid_ref"], ids, at, strict=True)
    }
    pairs = zip(plan["grid_ref"], plan["post_hex"].astype(int), strict=True)
    return [point[pair] for pair in pairs]


def _duty(
    run: Run,
    unit: Any,  # noqa: ANN401 - a row of units
    rows: Sequence[Any],
    entries: tuple[Entry, ...],
    beats: _Beats,
    stands: _Stands,
) -> Duty:
    zone = run.record["shift"]["time_zone"]
    ids = beats.hexes.get(unit.unit_id, np.array([], dtype=np.uint64))
    names = list(dict.fromkeys(beats.place[one] for one in ids.tolist()))
    return Duty(
        unit_id=unit.unit_id,
        kind=unit.kind,
        skills=unit.skills,
        officers=int(unit.officers),
        home_station=unit.home_station,
        starts=unit.starts_at.tz_convert(zone),
        ends=unit.ends_at.tz_convert(zone),
        entries=entries,
        reason=_reason(rows),
        beat=tuple(names[:_PLACES]),
        more=max(len(names) - _PLACES, 0),
        beside=_beside(unit.unit_id, beats, stands),
        hexes=tuple(int(one) for one in ids),
    )


def _reason(rows: Sequence[Any]) -> str:
    """Say why it stands where it first does; a break has a reason of its own."""
    standing = [row.reason for row in rows if row.activity == "post"]
    return str(standing[0] if standing else rows[0].reason)


def _beats(run: Run) -> _Beats:
    """Read from the cover who is first to each hex, and who comes after."""
    cover, kinds = run.cover, run.units.set_index("unit_id")["kind"]
    # Of units that answer no immediate call, the beat is that of routine calls.
    answers = set(cover.loc[cover["grade"] == "immediate", "first_unit"].dropna())
    urgent = (cover["grade"] == "immediate") & cover["first_unit"].isin(answers)
    others = set(kinds.index) - answers
    routine = (cover["grade"] == "routine") & cover["first_unit"].isin(others)
    told = cover.loc[
        urgent | routine, ["first_unit", "second_unit", "hex_id", "period"]
    ]
    opening = told[told["period"] == cover["period"].min()]
    expected = run.demand.groupby("hex_id")["incidents"].sum()
    # Hexes stand in order of demand, so that a beat is named by its busiest places.
    order = expected.sort_values(ascending=False, kind="stable").index
    rank = pd.Series(np.arange(len(order)), index=order)
    return _Beats(
        hexes={
            str(unit): rows["hex_id"].to_numpy()[np.argsort(rank[rows["hex_id"]])]
            for unit, rows in opening.groupby("first_unit")
        },
        second={
            str(unit): _commonest(rows["second_unit"])
            for unit, rows in told.groupby("first_unit")
        },
        place=dict(zip(run.hexes["hex_id"].tolist(), run.hexes["place"], strict=True)),
    )


def _commonest(names: pd.Series) -> list[str]:
    counts = names.dropna().value_counts()
    # Of those that are as common, the first by the alphabet.
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [str(name) for name, _ in ordered]


def _stands(run: Run) -> _Stands:
    posts = run.posts
    return _Stands(
        unit=tuple(map(str, posts["unit_id"])),
        post=tuple(map(str, posts["post"])),
        grid_ref=tuple(map(str, posts["grid_ref"])),
        point=shapely.get_coordinates(posts.geometry.to_numpy()),
    )


def _beside(unit_id: str, beats: _Beats, stands: _Stands) -> tuple[Beside, ...]:
    names = [*beats.second.get(unit_id, []), *_nearest(unit_id, stands)]
    number = {name: k for k, name in enumerate(stands.unit)}
    chosen = [n for n in dict.fromkeys(names) if n in number and n != unit_id]
    return tuple(
        Beside(
            unit_id=name,
            post=stands.post[number[name]],
            grid_ref=stands.grid_ref[number[name]],
        )
        for name in chosen[:_BESIDE]
    )


def _nearest(unit_id: str, stands: _Stands) -> list[str]:
    """Order the units by the distance of their posts; near enough in degrees."""
    own = stands.point[stands.unit.index(unit_id)]
    across = np.array([np.cos(np.radians(own[1])), 1.0])
    away = np.hypot(*((stands.point - own) * across).T)
    return [stands.unit[k] for k in np.argsort(away, kind="stable").tolist()]
