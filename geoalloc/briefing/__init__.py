"""Printed sheets: the briefing officer's A4 or A3 pages, made from a run folder.

The pages are drawn in millimetres, with matplotlib, as vector PDF; an HTML twin says
the same to a screen reader.
"""

__all__: list[str] = []
