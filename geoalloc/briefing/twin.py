"""The sheets as one HTML page, for screen readers: no script, no request."""

import base64
import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files

import jinja2
from markupsafe import Markup

from geoalloc.briefing import duties as nights
from geoalloc.briefing import wording
from geoalloc.briefing.blocks import Block
from geoalloc.briefing.duties import Duty
from geoalloc.briefing.frame import Frame
from geoalloc.briefing.inspector import Inspection
from geoalloc.briefing.priorities import Priority

__all__ = ["Part", "twin"]

_POLICY = "default-src 'none'; style-src '{style}'; base-uri 'none'; form-action 'none'"
_BASES = {"assumed": " (assumed, not recorded)", "recorded": "", "none": ""}


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a sheet says, without its map.

    Attributes
    ----------
    title
        Such as the area that the sheet is of.
    notes
        Sentences under the title.
    priorities
        In the order of their numbers.
    """

    title: str
    notes: Sequence[str] = ()
    priorities: Sequence[Priority] = field(default_factory=tuple)


def twin(
    frame: Frame,
    parts: Sequence[Part],
    *,
    lead: str,
    inspection: Inspection | None = None,
    duties: Sequence[Duty] = (),
) -> str:
    """Write the page that says what the sheets say.

    Parameters
    ----------
    frame
        What stands on every sheet: here at the top and the bottom, and printed on each
        page.
    parts
        Of the sheets, in order.
    lead
        A sentence under the title.
    inspection, duties
        The inspector's page and the duty sheets, if they are part of it.
    """
    style = _read("briefing.css") + _sheet_marking(frame.marking)
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode()
    return (
        _templates()
        .get_template("briefing.html")
        .render(
            frame=frame,
            parts=parts,
            lead=lead,
            inspection=inspection,
            duties=duties,
            style=Markup(style),
            policy=Markup(_POLICY.format(style=f"sha256-{digest}")),
            stop_and_search=wording.STOP_AND_SEARCH,
            markers=wording.MARKERS,
        )
    )


@functools.cache
def _templates() -> jinja2.Environment:
    templates = jinja2.Environment(
        loader=jinja2.FunctionLoader(_read),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals |= {
        "kind_of": _kind,
        "category": wording.category,
        "unit_kind": wording.unit_kind,
        "peak": _peak,
        "lines": _lines,
        "words": nights.words,
    }
    return templates


def _read(name: str) -> str:
    return (files("geoalloc.briefing") / name).read_text(encoding="utf-8")


def _kind(block: Block) -> str:
    return type(block).__name__.lower()


def _peak(one: Priority) -> str:
    return one.peak_text + _BASES[one.peak_basis]


def _lines(duty: Duty) -> list[tuple[str, ...]]:
    return [
        (entry.times, entry.what, entry.where, entry.grid_ref, entry.note)
        for entry in duty.entries
    ]


def _sheet_marking(marking: str) -> str:
    """Put the marking on each sheet; every letter is escaped as CSS asks."""
    text = "".join(f"\\{ord(letter):06x}" for letter in marking)
    return (
        f'@page {{ @top-center {{ content: "{text}"; }} '
        f'@bottom-center {{ content: "{text}"; }} }}\n'
    )
