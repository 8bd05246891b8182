"""The sections of a page as Markdown that reads well by itself."""

import re
from collections.abc import Iterator, Sequence

from geoalloc.report._page import Block, Facts, Flag, Fold, Points, Section, Table

__all__ = ["escaped", "markdown"]

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~#])")
_LEADING = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))")


def markdown(
    title: str, sections: Sequence[Section], *, marking: str, lead: str = ""
) -> str:
    """Write sections as Markdown (CommonMark, with tables of GitHub's kind).

    What is drawn or live has no place in it.

    Parameters
    ----------
    title, marking, lead
        As of ``page``.
    """
    parts = [f"**{escaped(marking)}**", f"# {escaped(title)}"]
    parts += [escaped(lead)] if lead else []
    for section in sections:
        parts.append(f"## {escaped(section.title)}")
        parts += _shown(section.blocks)
    parts.append(f"**{escaped(marking)}**")
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Write text so that Markdown shows it as it is."""
    found = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    return _LEADING.sub(r"\1\\\2", found) if not found[:1].isdigit() else _item(found)


def _item(text: str) -> str:
    """Keep a number with a full stop after it from beginning a list."""
    return re.sub(r"^(\d+)([.)])(\s|$)", r"\1\\\2\3", text)


def _shown(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, str):
            yield escaped(block)
        elif isinstance(block, Facts):
            pairs = block.pairs
            yield "\n".join(f"- **{escaped(a)}**: {escaped(b)}" for a, b in pairs)
        elif isinstance(block, Points):
            yield "\n".join(f"- {escaped(each)}" for each in block.sentences)
        elif isinstance(block, Flag):
            yield f"> **{escaped(block.sentence)}**"
        elif isinstance(block, Table):
            yield from _table(block)
        elif isinstance(block, Fold):
            yield f"### {escaped(block.title)}"
            yield from _shown(block.blocks)


def _table(block: Table) -> Iterator[str]:
    yield escaped(block.caption)
    align = ["---:" if right else "---" for right in block.numeric]
    rows = [block.columns, *block.rows]
    lines = ["| " + " | ".join(map(escaped, row)) + " |" for row in rows]
    lines.insert(1, "| " + " | ".join(align) + " |")
    yield "\n".join(lines)
