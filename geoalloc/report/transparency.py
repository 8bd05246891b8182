"""A transparency record: what a tool is for, how it works, and who decides."""

import dataclasses
import re
from dataclasses import dataclass

import pandas as pd

from geoalloc import runs
from geoalloc.report import _transparency_facts as facts
from geoalloc.report import _transparency_figures as figures
from geoalloc.report import _transparency_method as method
from geoalloc.report._markdown import markdown
from geoalloc.report._page import Block, Facts, Flag, Fold, Points, Section, Table, page
from geoalloc.runs import Run

__all__ = ["transparency_files"]

_LEFT_OUT = "(left out)"


def transparency_files(
    run: Run, groups: pd.DataFrame, population: str
) -> dict[str, str]:
    """Write the transparency record of a run, twice with the same words.

    Its headings are those that the Algorithmic Transparency Recording Standard of the
    United Kingdom asks about; what it says is the run's own. It holds no post and no
    call sign: where a text of the force names one, or a beat, the name is left out.

    Parameters
    ----------
    groups
        ``grouping, group, measure, value``: what is expected, covered and shown.
    population
        Says whose number the residents in it are.

    Returns
    -------
    files
        ``transparency.html``, a page that needs nothing but itself, and
        ``transparency.md``, by name.
    """
    record, hidden = run.record, _hidden(run)
    told = [
        facts.summary(record),
        facts.owner(record),
        facts.purpose(record),
        facts.decisions(record),
        method.data(record),
        method.model(record),
        figures.forecast(record),
        figures.honesty(record),
        figures.fairness(run, groups, population),
        facts.limits(record),
        facts.safeguards(record),
        facts.review(record),
        facts.open_points(record),
    ]
    sections = [_cleared(each, hidden) for each in told]
    title = hidden.clear(f"Transparency record: {record['name']}")
    marking = runs.marking({**record, "marking": "OFFICIAL"})
    lead = facts.LEAD
    return {
        "transparency.html": page(
            title,
            sections,
            marking=marking,
            lead=lead,
            synthetic=bool(record["synthetic"]),
        ),
        "transparency.md": markdown(title, sections, marking=marking, lead=lead),
    }


@dataclass(frozen=True)
class _Hidden:
    """Names to leave out, and names around them that are no secret."""

    pattern: re.Pattern[str]
    public: frozenset[str]

    def clear(self, text: str) -> str:
        """Leave the names of posts, units and beats out of a text."""
        return self.pattern.sub(self._instead, text)

    def _instead(self, found: re.Match[str]) -> str:
        return found[0] if found[0] in self.public else _LEFT_OUT


def _hidden(run: Run) -> _Hidden:
    """Find the names of posts, units and beats; the longest name counts."""
    of_police = run.areas["kind"].isin(["beat", "station"])
    named_areas = run.areas["name"].where(run.areas["name"].notna(), "")
    public = {*named_areas[~of_police], *run.hexes["district"]} - {""}
    named = [run.units["unit_id"], run.plan["post"], run.posts["post"]]
    named += [run.hexes["home_beat"], named_areas[run.areas["kind"] == "beat"]]
    named += [run.moves["from_post"], run.moves["to_post"], run.compared_posts["post"]]
    names = public | {str(one) for column in named for one in column} - {""}
    longest = sorted(names, key=lambda name: (-len(name), name))
    # Where there is no name at all, what matches nothing.
    pattern = rf"(?<!\w)(?:{'|'.join(map(re.escape, longest)) or '(?!)'})(?!\w)"
    return _Hidden(re.compile(pattern), frozenset(public))


def _cleared(section: Section, hidden: _Hidden) -> Section:
    return Section(
        title=section.title, blocks=[_block(each, hidden) for each in section.blocks]
    )


def _block(block: Block, hidden: _Hidden) -> Block:
    """Leave names out of every text of a block."""
    if isinstance(block, str):
        return hidden.clear(block)
    if isinstance(block, Facts):
        return Facts(pairs=[(a, hidden.clear(b)) for a, b in block.pairs])
    if isinstance(block, Points):
        return Points(sentences=[hidden.clear(each) for each in block.sentences])
    if isinstance(block, Flag):
        return Flag(sentence=hidden.clear(block.sentence))
    if isinstance(block, Table):
        rows = [[hidden.clear(cell) for cell in row] for row in block.rows]
        return dataclasses.replace(block, rows=rows)
    if isinstance(block, Fold):
        return Fold(
            title=block.title, blocks=[_block(each, hidden) for each in block.blocks]
        )
    return block
