"""One HTML file out of sections: no request, all text escaped, scripts by hash."""

import base64
import functools
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

import jinja2
from markupsafe import Markup

_POLICY = (
    "default-src 'none'; style-src {style}; {scripts}base-uri 'none'; "
    "form-action 'none'"
)
_NUMBER = re.compile(r"[-+\N{MINUS SIGN}]?[\d,]*\.?\d+( ?%)?")
_ABSENT = ("", "\N{EN DASH}", "none", "n/a")


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of text under named columns; the first cell of each row heads it.

    Attributes
    ----------
    caption
        What the table shows, with units.
    columns
        A name for each.
    rows
        A cell for each column. Columns of which each cell starts with a number are
        set to the right.
    marked
        Positions of the rows to set apart, as bold.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    marked: frozenset[int] = frozenset()

    @property
    def numeric(self) -> list[bool]:
        """Whether each column holds numbers, so that they line up."""
        return [
            any(_is_number(row[i]) for row in self.rows)
            and all(_is_number(row[i]) or row[i] in _ABSENT for row in self.rows)
            for i in range(len(self.columns))
        ]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A drawing, the sentence that stands for it unseen, and its caption."""

    svg: Markup
    alt: str
    caption: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Pairs of a term and what is said of it."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Points:
    """Sentences one under another."""

    sentences: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Flag:
    """A sentence that must not be overlooked."""

    sentence: str


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Blocks that open when asked for; on paper as they were left."""

    title: str
    blocks: Sequence["Block"]


@dataclass(frozen=True, kw_only=True)
class Live:
    """Markup that a script of its own brings to life.

    Attributes
    ----------
    html
        With every text in it escaped, and no attribute for a style or an event.
    style, script
        Put once into the page, however many blocks bring the same, and allowed by
        their hashes. A script runs when the page is there.
    """

    html: Markup
    style: str = ""
    script: str = ""


Block = str | Table | Chart | Facts | Points | Flag | Fold | Live
"""What a section is made of; a str is a paragraph."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)


def page(
    title: str,
    sections: Sequence[Section],
    *,
    marking: str,
    lead: str = "",
    synthetic: bool = False,
) -> str:
    """Write a page that needs nothing but itself.

    Parameters
    ----------
    title
        Of the document and its first heading.
    sections
        In order.
    marking
        Protective marking, set at the top and the bottom, and on each sheet of
        paper where the browser can.
    lead
        The answer in a sentence or two, under the title.
    synthetic
        True to say on the face of the page that the incidents are made up.
    """
    live = [each for section in sections for each in _live(section.blocks)]
    own = dict.fromkeys(each.style for each in live)
    style = "".join([_read("page.css"), *own, _sheet_marking(marking)])
    scripts = [text for text in dict.fromkeys(each.script for each in live) if text]
    allowed = " ".join(_digest(text) for text in scripts)
    policy = _POLICY.format(
        style=_digest(style), scripts=f"script-src {allowed}; " if allowed else ""
    )
    return (
        _templates()
        .get_template("page.html")
        .render(
            title=title,
            sections=sections,
            marking=marking,
            lead=lead,
            synthetic=synthetic,
            style=Markup(style),
            scripts=[Markup(text) for text in scripts],
            policy=Markup(policy),
        )
    )


def _live(blocks: Sequence[Block]) -> Iterator[Live]:
    for block in blocks:
        if isinstance(block, Fold):
            yield from _live(block.blocks)
        elif isinstance(block, Live):
            yield block


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@functools.cache
def _templates() -> jinja2.Environment:
    templates = jinja2.Environment(
        loader=jinja2.FunctionLoader(_read),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["kind_of"] = _kind
    return templates


def _kind(block: Block) -> str:
    return "paragraph" if isinstance(block, str) else type(block).__name__.lower()


def _read(name: str) -> str:
    return (files("geoalloc.report") / name).read_text(encoding="utf-8")


def _is_number(cell: str) -> bool:
    return _NUMBER.match(cell) is not None


def _sheet_marking(marking: str) -> str:
    """Put the marking on each sheet; every letter is escaped as CSS asks."""
    text = "".join(f"\\{ord(letter):06x}" for letter in marking)
    return (
        f'@page {{ @top-center {{ content: "{text}"; }} '
        f'@bottom-center {{ content: "{text}"; }} }}\n'
    )
