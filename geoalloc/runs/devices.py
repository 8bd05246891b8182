"""Posts for a device that officers carry: GPX 1.1 and GeoJSON (RFC 7946)."""

import json
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import shapely

from geoalloc import gazetteer, hexes
from geoalloc.runs.qgis import text_of_xml
from geoalloc.runs.run import Run, marking

__all__ = ["geojson", "gpx", "stays"]

_DIGITS = 6  # of a degree: a decimetre
_GPX = "http://www.topografix.com/GPX/1/1"
_SCHEMA = "http://www.w3.org/2001/XMLSchema-instance"


def stays(run: Run) -> pd.DataFrame:
    """List where each unit stands by, and when.

    Returns
    -------
    stays
        One row for each unit and post, in order of unit and time: ``unit_id``,
        ``kind``, ``home_station``, ``post``, ``grid_ref``, ``times`` (local, such as
        22:00-23:00), ``longitude`` and ``latitude`` of the middle of the post's hex.
    """
    standing = run.plan[run.plan["activity"] == "post"].copy()
    zone = ZoneInfo(run.record["shift"]["time_zone"])
    starts = [pd.Timestamp(t) for t in run.record["shift"]["periods"]]
    ends = [*starts[1:], pd.Timestamp(run.record["shift"]["ends_at"])]
    after = dict(zip(starts, ends, strict=True))
    columns = ["unit_id", "kind", "home_station", "post", "grid_ref", "post_hex"]
    standing = standing.sort_values(["unit_id", "period"], kind="stable")
    rows: dict[tuple[Any, ...], list[tuple[pd.Timestamp, pd.Timestamp]]] = {}
    for row in standing.itertuples():
        spells = rows.setdefault(tuple(getattr(row, c) for c in columns), [])
        start, end = row.period, after.get(row.period, row.period)
        if spells and spells[-1][1] == start:
            spells[-1] = (spells[-1][0], end)
        else:
            spells.append((start, end))
    frame = pd.DataFrame(list(rows), columns=columns)
    frame["times"] = [_told(spells, zone) for spells in rows.values()]
    ids = frame.pop("post_hex").to_numpy("uint64")
    middle = shapely.get_coordinates(shapely.centroid(hexes.polygons(ids)))
    stated = gazetteer.places_of(frame["grid_ref"].tolist())
    at = np.where(np.isnan(stated), middle, stated).round(_DIGITS)
    return frame.assign(longitude=at[:, 0], latitude=at[:, 1])


def _told(spells: list[tuple[pd.Timestamp, pd.Timestamp]], zone: ZoneInfo) -> str:
    return ", ".join(
        f"{start.tz_convert(zone):%H:%M}-{end.tz_convert(zone):%H:%M}"
        for start, end in spells
    )


def gpx(run: Run) -> str:
    """Write posts as waypoints of GPX 1.1; its description says how it is marked."""
    record = run.record
    root = ET.Element(
        "gpx",
        {
            "version": "1.1",
            "creator": f"geoalloc {record['version']}",
            "xmlns": _GPX,
            "xmlns:xsi": _SCHEMA,
            "xsi:schemaLocation": f"{_GPX} {_GPX}/gpx.xsd",
        },
    )
    about = ET.SubElement(root, "metadata")
    _element(about, "name", f"{record['name']}: posts")
    _element(about, "desc", _about(record))
    for stay in stays(run).itertuples():
        at = {"lat": f"{stay.latitude:.6f}", "lon": f"{stay.longitude:.6f}"}
        point = ET.SubElement(root, "wpt", at)
        _element(point, "name", f"{stay.unit_id}, {stay.post}")
        told = f"{stay.times}; {stay.grid_ref}; {stay.kind} from {stay.home_station}"
        _element(point, "desc", f"{told}. {marking(record)}")
        _element(point, "type", stay.kind)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _element(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text_of_xml(text)


def _about(record: dict[str, Any]) -> str:
    valid = f"valid from {record['valid']['from']} to {record['valid']['to']}"
    parts = [marking(record), record["handling"], valid, record["attribution"]]
    return ". ".join(part.strip().rstrip(".") for part in parts if part.strip())


def geojson(run: Run) -> str:
    """Write posts as points of GeoJSON; each carries the marking."""
    record = run.record
    features = [
        {
            "type": "Feature",
            "geometry": {
                "type": "Point",
                "coordinates": [stay.longitude, stay.latitude],
            },
            "properties": {
                "unit_id": stay.unit_id,
                "kind": stay.kind,
                "home_station": stay.home_station,
                "post": stay.post,
                "grid_ref": stay.grid_ref,
                "times": stay.times,
                "marking": marking(record),
            },
        }
        for stay in stays(run).itertuples()
    ]
    collection = {
        "type": "FeatureCollection",
        "name": record["name"],
        "marking": marking(record),
        "handling": record["handling"],
        "valid": record["valid"],
        "attribution": record["attribution"],
        "features": features,
    }
    text = json.dumps(collection, ensure_ascii=False, indent=1)
    # A lone surrogate, which UTF-8 cannot hold, is not worth failing for.
    return text.encode("utf-8", "replace").decode("utf-8") + "\n"
