"""Styles that a GeoPackage carries for desktop GIS, in the table ``layer_styles``.

QGIS opens a layer with the style stored for it: QML, its own language, and SLD, that
of the Open Geospatial Consortium (Styled Layer Descriptor 1.1.0). Both are written
as trees, so that text of the data is never markup.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd
import pyogrio

from geoalloc.runs.scale import COLORS

__all__ = ["Style", "beats", "classes", "kinds", "outline", "text_of_xml", "write"]

_SHAPES = ("triangle", "diamond", "circle", "square", "star", "pentagon")
_INK, _PAPER, _OVERPRINT = "#1d252b", "#ffffff", "#a3005c"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAMESPACES = {
    "xmlns": "http://www.opengis.net/sld",
    "xmlns:se": "http://www.opengis.net/se",
    "xmlns:ogc": "http://www.opengis.net/ogc",
}


@dataclass(frozen=True, kw_only=True)
class Style:
    """How a layer is drawn.

    Attributes
    ----------
    layer, name
        Of the table, and what QGIS calls the style.
    rules
        In order of the legend.
    attribute
        The column that rules look at; none for one rule.
    label
        The column that is written at each feature; none if empty.
    default
        Whether the layer opens with it; the others can be chosen then.
    """

    layer: str
    name: str
    rules: tuple["Rule", ...]
    attribute: str = ""
    label: str = ""
    default: bool = True


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One entry of a legend: which features, and their symbol.

    Attributes
    ----------
    low, high
        The class of a number, from ``low`` to under ``high``; none if ``low`` is.
    value
        What the attribute must be; none if it is not looked at so.
    fill, stroke
        Hexadecimal; nothing is filled, or no edge is drawn, where it is empty.
    mark
        Shape of a point; empty for an area.
    width_mm
        Of the edge.
    """

    title: str
    low: float | None = None
    high: float | None = None
    value: str | None = None
    fill: str = ""
    stroke: str = ""
    mark: str = ""
    width_mm: float = 0.1


def classes(
    layer: str, name: str, attribute: str, breaks: Sequence[float], most: float
) -> Style:
    """Draw areas in classes of a measure, in the colors of the map.

    Parameters
    ----------
    breaks
        Ends of all classes but the last, ascending.
    most
        Largest value, where the last class ends.
    """
    ends = [0.0, *breaks, max(most, *breaks, 0.0) * 1.001 or 1.0]
    pairs = list(pairwise(ends))
    colors = COLORS[len(COLORS) - len(pairs) :]
    rules = tuple(
        Rule(
            title=_between(k, low, high, len(pairs)),
            low=low,
            high=high,
            fill=color,
            stroke=_PAPER,
        )
        for k, ((low, high), color) in enumerate(zip(pairs, colors, strict=True))
    )
    return Style(layer=layer, name=name, rules=rules, attribute=attribute)


def _between(k: int, low: float, high: float, n: int) -> str:
    if n == 1:
        return "all"
    if k == 0:
        return f"under {high:g}"
    return f"{low:g} and over" if k == n - 1 else f"{low:g} to {high:g}"


def kinds(layer: str, attribute: str, values: Sequence[str], label: str) -> Style:
    """Draw points by kind, each with a shape of its own, and a label."""
    rules = tuple(
        Rule(
            title=value.replace("-", " ").capitalize(),
            value=value,
            fill=_OVERPRINT if k % 2 else _INK,
            stroke=_PAPER,
            mark=_SHAPES[k % len(_SHAPES)],
            width_mm=0.3,
        )
        for k, value in enumerate(sorted(set(values)))
    )
    return Style(
        layer=layer, name="By kind", rules=rules, attribute=attribute, label=label
    )


def beats(layer: str, label: str) -> Style:
    """Draw areas as bold outlines with nothing in them, and a label."""
    return outline(layer, "Outlines", color=_OVERPRINT, width_mm=0.5, label=label)


def outline(
    layer: str, name: str, *, color: str = _INK, width_mm: float = 0.3, label: str = ""
) -> Style:
    """Draw areas as outlines."""
    rule = Rule(title=name, stroke=color, width_mm=width_mm)
    return Style(layer=layer, name=name, rules=(rule,), label=label)


def write(path: Path, styles: Sequence[Style], day: str) -> None:
    """Store styles in a GeoPackage, of which each layer opens with its default.

    Parameters
    ----------
    day
        ISO date that the styles carry, so that two runs are the same.
    """
    table = pd.DataFrame(
        {
            "f_table_catalog": "",
            "f_table_schema": "",
            "f_table_name": [style.layer for style in styles],
            "f_geometry_column": [
                pyogrio.read_info(path, layer=style.layer)["geometry_name"]
                for style in styles
            ],
            "styleName": [style.name for style in styles],
            "styleQML": [qml(style) for style in styles],
            "styleSLD": [sld(style) for style in styles],
            "useAsDefault": [style.default for style in styles],
            "description": [style.name for style in styles],
            "owner": "",
            "ui": "",
            "update_time": pd.Timestamp(day, tz="UTC").as_unit("ms"),
        }
    )
    pyogrio.write_dataframe(
        table, path, layer="layer_styles", driver="GPKG", layer_options={"FID": "id"}
    )


def text_of_xml(text: str) -> str:
    """Put a sign for each character that XML 1.0 cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


def qml(style: Style) -> str:
    """Write a style as a QGIS layer definition."""
    labeled = "1" if style.label else "0"
    root = ET.Element(
        "qgis",
        version="3.22.0",
        styleCategories="Symbology|Labeling",
        labelsEnabled=labeled,
    )
    graded = style.rules[0].low is not None
    kind = "graduatedSymbol" if graded else "categorizedSymbol"
    renderer = ET.SubElement(
        root,
        "renderer-v2",
        type=kind if style.attribute else "singleSymbol",
        attr=style.attribute,
        graduatedMethod="GraduatedColor",
        symbollevels="0",
        forceraster="0",
        enableorderby="0",
    )
    if style.attribute:
        _entries(renderer, style.rules, graded=graded)
    symbols = ET.SubElement(renderer, "symbols")
    for k, rule in enumerate(style.rules):
        _symbol(symbols, str(k), rule)
    if style.label:
        _labeling(root, style)
    body = ET.tostring(root, encoding="unicode")
    doctype = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
    return f"{doctype}\n{body}"


def _entries(renderer: ET.Element, rules: Sequence[Rule], *, graded: bool) -> None:
    parent = ET.SubElement(renderer, "ranges" if graded else "categories")
    for k, rule in enumerate(rules):
        entry = {"symbol": str(k), "label": text_of_xml(rule.title), "render": "true"}
        if graded:
            entry |= {"lower": f"{rule.low:.15g}", "upper": f"{rule.high:.15g}"}
        else:
            entry |= {"value": text_of_xml(rule.value or ""), "type": "string"}
        ET.SubElement(parent, "range" if graded else "category", entry)


def _symbol(symbols: ET.Element, name: str, rule: Rule) -> None:
    kind = "marker" if rule.mark else "fill"
    symbol = ET.SubElement(
        symbols,
        "symbol",
        {"type": kind, "name": name, "alpha": "1", "clip_to_extent": "1"},
    )
    layer = ET.SubElement(
        symbol,
        "layer",
        {
            "class": "SimpleMarker" if rule.mark else "SimpleFill",
            "enabled": "1",
            "locked": "0",
            "pass": "0",
        },
    )
    values = {
        "color": _rgba(rule.fill or _PAPER, shown=bool(rule.fill)),
        "outline_color": _rgba(rule.stroke or _PAPER, shown=bool(rule.stroke)),
        "outline_style": "solid" if rule.stroke else "no",
        "outline_width": f"{rule.width_mm:g}",
        "outline_width_unit": "MM",
    }
    if rule.mark:
        values |= {"name": rule.mark, "size": "3.2", "size_unit": "MM"}
    else:
        values |= {"style": "solid" if rule.fill else "no"}
    # Options are read from 3.20 on, props by what is older.
    options = ET.SubElement(layer, "Option", type="Map")
    for key, value in values.items():
        ET.SubElement(options, "Option", type="QString", name=key, value=value)
    for key, value in values.items():
        ET.SubElement(layer, "prop", k=key, v=value)


def _rgba(color: str, *, shown: bool) -> str:
    parts = [str(int(color[k : k + 2], 16)) for k in (1, 3, 5)]
    return ",".join([*parts, "255" if shown else "0"])


def _labeling(root: ET.Element, style: Style) -> None:
    labeling = ET.SubElement(root, "labeling", type="simple")
    settings = ET.SubElement(labeling, "settings", calloutType="simple")
    written = ET.SubElement(
        settings,
        "text-style",
        fieldName=style.label,
        isExpression="0",
        fontFamily="Sans Serif",
        fontSize="8",
        fontSizeUnit="Point",
        textColor=_rgba(_INK, shown=True),
        textOpacity="1",
    )
    ET.SubElement(
        written,
        "text-buffer",
        bufferDraw="1",
        bufferSize="0.8",
        bufferSizeUnits="MM",
        bufferColor=_rgba(_PAPER, shown=True),
        bufferOpacity="1",
    )
    point = bool(style.rules[0].mark)
    placement = {"placement": "6" if point else "1", "dist": "1", "distUnits": "MM"}
    ET.SubElement(settings, "placement", placement)
    ET.SubElement(settings, "rendering", drawLabels="1", obstacle="1")


def sld(style: Style) -> str:
    """Write a style as SLD 1.1.0, for other desktop GIS and map servers."""
    root = ET.Element("StyledLayerDescriptor", {"version": "1.1.0", **_NAMESPACES})
    named = ET.SubElement(root, "NamedLayer")
    ET.SubElement(named, "se:Name").text = style.layer
    user = ET.SubElement(named, "UserStyle")
    ET.SubElement(user, "se:Name").text = style.name
    features = ET.SubElement(user, "se:FeatureTypeStyle")
    for rule in style.rules:
        made = ET.SubElement(features, "se:Rule")
        ET.SubElement(made, "se:Name").text = text_of_xml(rule.title)
        if style.attribute:
            _filter(made, style.attribute, rule)
        _symbolizer(made, rule)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _filter(parent: ET.Element, attribute: str, rule: Rule) -> None:
    holder = ET.SubElement(parent, "ogc:Filter")
    if rule.low is None:
        tests = [("PropertyIsEqualTo", text_of_xml(rule.value or ""))]
    else:
        holder = ET.SubElement(holder, "ogc:And")
        tests = [
            ("PropertyIsGreaterThanOrEqualTo", f"{rule.low:.15g}"),
            ("PropertyIsLessThan", f"{rule.high:.15g}"),
        ]
    for name, literal in tests:
        test = ET.SubElement(holder, f"ogc:{name}")
        ET.SubElement(test, "ogc:PropertyName").text = attribute
        ET.SubElement(test, "ogc:Literal").text = literal


def _symbolizer(parent: ET.Element, rule: Rule) -> None:
    if rule.mark:
        made = ET.SubElement(parent, "se:PointSymbolizer")
        graphic = ET.SubElement(made, "se:Graphic")
        drawn = ET.SubElement(graphic, "se:Mark")
        ET.SubElement(drawn, "se:WellKnownName").text = rule.mark
    else:
        drawn = ET.SubElement(parent, "se:PolygonSymbolizer")
    if rule.fill:
        fill = ET.SubElement(drawn, "se:Fill")
        _parameter(fill, "fill", rule.fill)
    if rule.stroke:
        stroke = ET.SubElement(drawn, "se:Stroke")
        _parameter(stroke, "stroke", rule.stroke)
        # 0.28 mm is a pixel of this standard.
        _parameter(stroke, "stroke-width", f"{rule.width_mm / 0.28:.3g}")
    if rule.mark:
        ET.SubElement(graphic, "se:Size").text = "11"


def _parameter(parent: ET.Element, name: str, value: str) -> None:
    ET.SubElement(parent, "se:SvgParameter", name=name).text = value
