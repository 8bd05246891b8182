import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest

from geoalloc.report import _chart
from geoalloc.report._page import Section, page


def drawn(label: str = "label", name: str = "one"):
    with _chart.settings():
        figure, (axes,) = _chart.grid()
        x = np.arange(5)
        _chart.fan(axes, x, [(x - 2, x + 2), (x - 1, x + 1)], ["95 %", "80 %"])
        _chart.line(axes, x, x, _chart.STYLES[0], label=label, marks=True)
        _chart.ranges(axes, [1.0], [2.0], [1.0], [3.0], _chart.STYLES[1])
        axes.set_title(label)
        axes.legend()
        return _chart.chart(figure, name, alt=label, caption=label)


def test_the_same_figure_gives_the_same_bytes():
    assert drawn().svg == drawn().svg
    with _chart.settings():
        pdfs = []
        for _ in range(2):
            figure, (axes,) = _chart.grid()
            _chart.line(axes, [0, 1], [0, 1], _chart.STYLES[0])
            pdfs.append(_chart.pdf(figure, title="T"))
    assert pdfs[0] == pdfs[1]
    assert b"CreationDate" not in pdfs[0]


def test_a_chart_is_svg_without_styles_links_or_metadata():
    root = ET.fromstring(drawn().svg)
    for element in root.iter():
        assert not element.tag.endswith(("style", "metadata", "script", "image"))
        for name, value in element.attrib.items():
            assert name != "style"
            assert not name.endswith("href") or value.startswith("#one-")


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '$x_1$ & "y"', "]]>"])
def test_labels_are_text(text):
    root = ET.fromstring(drawn(text).svg)
    texts = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert texts.count(text) == 2
    html = page("T", [Section(title="S", blocks=[drawn(text)])], marking="M")
    assert "<script" not in html


def test_every_reference_within_a_chart_is_its_own():
    svg = str(drawn(name="two").svg)
    ids = re.findall(r'id="([^"]+)"', svg)
    used = re.findall(r"url\(#([^)]+)\)", svg) + re.findall(r'href="#([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert set(used) <= set(ids)
    assert all(each.startswith("two-") for each in ids)


def test_settings_are_put_back():
    before = dict(mpl.rcParams)
    drawn()
    assert dict(mpl.rcParams) == before


def test_colors_of_charts_have_a_counterpart_in_the_dark():
    sheet = page("T", [], marking="M")
    colors = {s.color for s in (*_chart.STYLES, _chart.BASELINE)}
    for color in colors | {_chart.INK, _chart.SOFT, _chart.RULE, *_chart.BANDS}:
        for kind in ("fill", "stroke"):
            assert f'[{kind}="{color}"] {{ {kind}: var(--' in sheet


def test_series_differ_by_more_than_color():
    styles = (*_chart.STYLES, _chart.BASELINE)
    assert len({style.mark for style in styles}) == len(styles)
    assert len({str(style.dash) for style in styles}) == len(styles)


def contrast(color: str, paper: str) -> float:
    """Contrast of WCAG 2, by its definition."""

    def luminance(text: str) -> float:
        parts = [int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted([luminance(color), luminance(paper)], reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_series_stand_out_from_the_paper_in_light_and_dark():
    sheet = page("T", [], marking="M")
    dark = sheet[sheet.index("prefers-color-scheme: dark") :]
    dark = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", dark[: dark.index("}\n}")]))
    for i in range(6):
        assert contrast(dark[f"s{i}"], dark["paper"]) >= 4.5
    for style in (*_chart.STYLES, _chart.BASELINE):
        assert contrast(style.color, _chart.PAPER) >= 4.5
