"""One HTML file out of folium: no link, no template filled with data."""

import base64
import hashlib
import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import cast

import folium
from branca.element import Element, Figure, MacroElement
from folium.template import Template
from xstatic.pkg import leaflet

from geoalloc.errors import ScenarioError
from geoalloc.maps import _encode

SHARED = (
    "page.css",
    "reader.css",
    "codec.js",
    "mesh.js",
    "grounds.js",
    "hexes.js",
    "hexlayer.js",
    "marks.js",
    "frame.js",
    "panel.js",
    "layers.js",
    "controls.js",
    "view.js",
)
_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src {styles}; img-src {images}; "
    "base-uri 'none'; form-action 'none'"
)
# A site, with or without a port; {s} stands for one of several, and only in front.
_SITE = re.compile(r"(https?://(?:\{s\}\.)?[A-Za-z0-9.-]+(?::[0-9]+)?)(?=/|$)")
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_CHARSET = '<meta http-equiv="content-type" content="text/html; charset=UTF-8" />'


class _Map(folium.Map):
    """A folium map that loads nothing and leaves pinch-zoom to the reader."""

    _template = Template(
        """
        {% macro header(this, kwargs) %}
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        {% endmacro %}
        {% macro html(this, kwargs) %}
        <div class="folium-map" id="{{ this.get_name() }}"></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        const {{ this.get_name() }} = L.map("{{ this.get_name() }}", {
            center: {{ this.location|tojson }}, ...{{ this.options|tojavascript }}
        });
        {% endmacro %}
        """
    )

    def __init__(self, name: str) -> None:
        super().__init__(
            [0.0, 0.0],
            tiles=None,
            attribution_control=False,  # ours: folium would write it as markup
            zoom_control=True,
            zoom_snap=0.1,
            max_zoom=17,
        )
        self._id = name
        self.default_js = []
        self.default_css = []


class _Code(Element):
    """A script or a style sheet, put into the page as it is."""

    _template = Template("<{{ this.tag }}>{{ this.code }}</{{ this.tag }}>")

    def __init__(self, tag: str, code: str) -> None:
        super().__init__()
        self.tag = tag
        self.code = code


class _Opening(MacroElement):
    """Hands the map to our scripts; the data lie in an element of their own."""

    _template = Template(
        """
        {% macro html(this, kwargs) %}
        <noscript>This map needs JavaScript, which is switched off here.</noscript>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        geoalloc.start({{ this._parent.get_name() }}, "{{ this.data }}");
        {% endmacro %}
        """
    )

    def __init__(self, name: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = f"{name}_script"
        self._id = name
        self.data = f"{name}-data"


def assemble(name: str, payload: str, own: Sequence[str], *, images: str = "") -> str:
    """Write the page of one kind of map.

    Parameters
    ----------
    name
        Of the kind: the map is the element ``map_<name>``, and its data lie in
        ``<name>-data``.
    payload
        What ``_encode.packed`` wrote of the data.
    own
        The scripts and style sheets of this kind, files beside this module. One
        of the scripts defines ``geoalloc.open(map, data)``.
    images
        Address of tiles that the page may load; of its site all may be loaded, and
        nothing of any other.

    Raises
    ------
    ScenarioError
        If that is no address of a site.
    """
    folder = Path(leaflet.BASE_DIR)
    page = _Map(name)
    page.add_child(_Opening(name), name=name)
    figure = cast(Figure, page.get_root())
    sheet = _without_images(_read(folder / "leaflet.css"))
    codes = [
        _Code("style", sheet),
        _Code("style", _joined(own, ".css")),
        _Code("script", _read(folder / "leaflet.js")),
        _Code("script", _joined(own, ".js")),
    ]
    for i, code in enumerate(codes):
        figure.header.add_child(code, name=f"code{i}")
    text = figure.render().replace("\r\n", "\n")
    return _packed(_with_data(text, f"{name}-data", payload), _sources(images))


def _joined(own: Sequence[str], ending: str) -> str:
    """Put the files of one language together, the shared ones first."""
    folder = files("geoalloc.maps")
    names = [name for name in (*SHARED, *own) if name.endswith(ending)]
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


def _read(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if "sourceMappingURL" not in line)


def _without_images(sheet: str) -> str:
    """Drop what the sheet would load: icons of controls and markers unused here."""
    return re.sub(r"url\([^)]*\)", "none", sheet)


def _with_data(text: str, name: str, payload: str) -> str:
    before, body, after = text.partition("<body>")
    data = f'\n<script type="text/plain" id="{name}">{payload}</script>'
    return before.replace("<html>", '<html lang="en-GB">', 1) + body + data + after


def _sources(address: str) -> str:
    """Name where images may come from: the page itself, and the site of an address."""
    if not address:
        return "data:"
    found = _SITE.match(address)
    if not found:
        raise ScenarioError(
            f"the address of tiles {address!r} is none of a site: begin it with "
            "https:// and the name of the site"
        )
    return f"data: {found[1].replace('{s}', '*')}"


def _packed(text: str, images: str) -> str:
    """Deflate the scripts of a page, which is a third of their size, in one element.

    They and the styles are allowed by their hashes, and nothing else.
    """
    opening = (files("geoalloc.maps") / "opening.js").read_text(encoding="utf-8")
    codes = _SCRIPT.findall(text)
    bare, ends, rest = _SCRIPT.sub("", text).rpartition("</body>")
    code = f'<script type="text/plain" id="code">{_encode.packed(codes)}</script>'
    policy = _POLICY.format(
        scripts=_hashes([opening, *codes]),
        styles=_hashes(re.findall(r"<style>(.*?)</style>", text, re.DOTALL)),
        images=images,
    )
    text = f"{bare}{code}\n<script>{opening}</script>\n{ends}{rest}"
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}" />'
    return text.replace(_CHARSET, f"{_CHARSET}\n    {meta}", 1)


def _hashes(codes: list[str]) -> str:
    digests = [hashlib.sha256(code.encode("utf-8")).digest() for code in codes]
    return " ".join(f"'sha256-{base64.b64encode(d).decode()}'" for d in digests)
