"""A briefing put together: the sheets, the duty sheets, and their HTML twins."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import shapely

from geoalloc import runs
from geoalloc.briefing import areas, twin, wording
from geoalloc.briefing.area_sheet import area_sheet, room
from geoalloc.briefing.areas import SheetPlan
from geoalloc.briefing.atlas import Atlas
from geoalloc.briefing.duties import Duty, duties
from geoalloc.briefing.duty_sheet import duty_sheets
from geoalloc.briefing.frame import Frame
from geoalloc.briefing.inspector import Inspection, inspection
from geoalloc.briefing.inspector_sheet import inspector_sheet
from geoalloc.briefing.overview import overview
from geoalloc.briefing.page import Sheet, save
from geoalloc.briefing.paper import PAPERS
from geoalloc.briefing.priorities import priorities
from geoalloc.briefing.twin import Part
from geoalloc.errors import UsageError
from geoalloc.runs import Run

__all__ = ["Document", "brief"]

_PROFILES = ("operational", "briefing")


@dataclass(frozen=True, kw_only=True)
class Document:
    """The sheets of a run, ready to be written.

    Attributes
    ----------
    run
        Cut to what the profile may hold.
    atlas
        What all sheets are made with.
    sheets
        Those of areas, in order.
    duties
        Of the units; of an area, those that stand or are tasked there.
    inspection
        The inspector's page; None where the profile or an area leaves it out.
    numbers
        Of the priorities as printed, by the rank of the hotspot.
    whole
        Whether it is of the whole force, and so has an overview.
    """

    run: Run
    atlas: Atlas
    sheets: tuple[SheetPlan, ...]
    duties: tuple[Duty, ...]
    inspection: Inspection | None
    numbers: Mapping[int, int]
    whole: bool

    @property
    def n_sheets(self) -> int:
        """Pages of the briefing, without duty sheets."""
        return self._before + len(self.sheets)

    @property
    def _before(self) -> int:
        return int(self.inspection is not None) + int(self.whole)

    def pages(self) -> Iterator[Sheet]:
        """Draw the pages: inspector's page, overview, areas."""
        atlas, of = self.atlas, self.n_sheets
        if self.inspection is not None:
            numbers = self.numbers
            yield inspector_sheet(self.run, atlas.paper, atlas.frame, numbers, of)
        if self.whole:
            first = self._before + 1
            yield overview(atlas, self.sheets, first, self._before, of)
        for number, sheet in enumerate(self.sheets, start=self._before + 1):
            yield area_sheet(atlas, sheet, number, of)

    def pdf(self) -> bytes:
        """Write the briefing as PDF: the same run, the same bytes."""
        return _pdf(self.pages(), self.atlas.frame)

    def duties_pdf(self) -> bytes:
        """Write the duty sheets as PDF, a page for each unit.

        Raises
        ------
        DataError
            If there is no unit to write one for.
        """
        frame, atlas = self._duty_frame(), self.atlas
        sheets = duty_sheets(self.run, self.duties, atlas.paper, frame, atlas.ground)
        return _pdf(sheets, frame)

    def html(self) -> str:
        """Write what the sheets say, without their maps, as one HTML page."""
        parts = [
            Part(
                title=f"Sheet {number}: {sheet.title}",
                notes=_notes(sheet),
                priorities=(*sheet.priorities, *sheet.left_out),
            )
            for number, sheet in enumerate(self.sheets, start=self._before + 1)
        ]
        return twin.twin(
            self.atlas.frame, parts, lead=self._lead(), inspection=self.inspection
        )

    def duties_html(self) -> str:
        """Write what the duty sheets say, without their maps, as one HTML page."""
        return twin.twin(self._duty_frame(), [], lead=self._lead(), duties=self.duties)

    def _duty_frame(self) -> Frame:
        name = self.run.record["name"]
        return replace(
            self.atlas.frame,
            title=f"Duty sheets: {name}",
            nature="Expected demand is a forecast.",
        )

    def _lead(self) -> str:
        return f"{wording.shift(self.run.record)}. {self.run.record['question']}"


def brief(
    run: Run,
    *,
    area: str | None = None,
    paper: str = "a4",
    profile: str = "operational",
    now: datetime | None = None,
) -> Document:
    """Put the briefing of a run together.

    Parameters
    ----------
    area
        A district, home beat or place: its sheets alone, without the inspector's page
        and the overview, and the duty sheets of the units that stand or are tasked
        there. The whole force if absent.
    paper
        ``a4`` or ``a3``.
    profile
        ``operational`` is all of it; ``briefing`` has no inspector's page and no
        figure of what a unit is worth.
    now
        When it is printed: outside the time for which a plan for duty holds, each
        sheet says so. An exercise does not expire.

    Raises
    ------
    UsageError
        If there is no such area, paper or profile; ``public`` has no sheets, since
        all that they hold is of the plan.
    """
    if paper not in PAPERS:
        raise UsageError(f"there is no paper {paper!r}: choose a4 or a3")
    told = _told(run, profile)
    exercise = run.record["purpose"] == "exercise"
    atlas = Atlas.of(told, PAPERS[paper], now=None if exercise else now)
    spots = priorities(run)
    sheets = areas.plan(atlas.ground, spots, room(atlas), area=area, most=atlas.most)
    numbered = [
        one
        for group in areas.groups(atlas.ground, spots, most=atlas.most)
        for one in (*group.priorities, *group.left_out)
    ]
    numbers = {one.rank: one.number for one in numbered}
    nights = duties(told, numbered)
    if area is not None:
        nights = _of_area(atlas, nights, sheets, area)
    inspected = profile == "operational" and area is None
    return Document(
        run=told,
        atlas=atlas,
        sheets=sheets,
        duties=tuple(nights),
        inspection=inspection(run, numbers=numbers) if inspected else None,
        numbers=numbers,
        whole=area is None,
    )


def _told(run: Run, profile: str) -> Run:
    """Cut a run to what a profile may hold; the rules of a duty are in each."""
    if profile == "public":
        raise UsageError(
            "there are no public sheets: all that they hold is of the plan; make the "
            "public map with geoalloc map --profile public"
        )
    if profile not in _PROFILES:
        raise UsageError(
            f"there is no profile {profile!r} of the sheets: choose one of "
            f"{', '.join(_PROFILES)}"
        )
    if profile == "operational":
        return run
    told = runs.profiled(run, profile)
    rules = (run.record.get("scenario") or {}).get("duty")
    scenario = told.record.get("scenario", {}) | ({"duty": rules} if rules else {})
    return replace(told, record=told.record | {"scenario": scenario})


def _of_area(
    atlas: Atlas, nights: Sequence[Duty], sheets: Sequence[SheetPlan], area: str
) -> list[Duty]:
    """Keep the units that stand in an area, or are tasked to its priorities."""
    ground = atlas.ground
    shape = areas.find(ground, area).geometry
    shapely.prepare(shape)
    numbers = {one.number for sheet in sheets for one in sheet.priorities}

    def there(duty: Duty) -> bool:
        tasked = any(entry.number in numbers for entry in duty.visits)
        points = [ground.metres(shapely.Point(e.point)) for e in duty.posts]
        return tasked or any(shape.intersects(point) for point in points)

    return [duty for duty in nights if there(duty)]


def _notes(sheet: SheetPlan) -> list[str]:
    notes = [f"The map is at 1:{sheet.scale:,}."]
    if not sheet.priorities:
        notes.append(f"No priority in {sheet.area.name}.")
    if sheet.left_out:
        names = ", ".join(f"{one.number} {one.place}" for one in sheet.left_out)
        notes.append(f"On no map, and no unit is tasked to them: {names}.")
    return notes


def _pdf(sheets: Iterator[Sheet], frame: Frame) -> bytes:
    out = io.BytesIO()
    save(sheets, out, frame)
    return out.getvalue()
