"""One HTML file out of folium: no link, no template filled with data."""

import base64
import hashlib
import re
from pathlib import Path
from typing import cast

import folium
from branca.element import Element, Figure, MacroElement
from folium.template import Template
from xstatic.pkg import leaflet

_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src {styles}; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
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

    def __init__(self) -> None:
        super().__init__(
            [0.0, 0.0],
            tiles=None,
            attribution_control=False,  # ours: folium would write it as markup
            zoom_control=True,
            zoom_snap=0.1,
            max_zoom=17,
        )
        self._id = "plan"
        self.default_js = []
        self.default_css = []


class _Code(Element):
    """A script or a style sheet, put into the page as it is."""

    _template = Template("<{{ this.tag }}>{{ this.code }}</{{ this.tag }}>")

    def __init__(self, tag: str, code: str) -> None:
        super().__init__()
        self.tag = tag
        self.code = code


class _Plan(MacroElement):
    """Hands the map to our scripts; the data lie in an element of their own."""

    _template = Template(
        """
        {% macro html(this, kwargs) %}
        <noscript>This map needs JavaScript, which is switched off here.</noscript>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        geoalloc.open({{ this._parent.get_name() }}, JSON.parse(
            document.getElementById("plan-data").textContent));
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "plan_script"
        self._id = "plan"


def assemble(payload: str, scripts: list[str], style: str) -> str:
    """Write the page.

    Parameters
    ----------
    payload
        JSON escaped by ``_encode.script_json``.
    scripts
        JavaScript that defines ``geoalloc.open(map, data)``.
    style
        CSS.
    """
    folder = Path(leaflet.BASE_DIR)
    page = _Map()
    page.add_child(_Plan(), name="plan")
    figure = cast(Figure, page.get_root())
    sheet = _without_images(_read(folder / "leaflet.css"))
    codes = [
        _Code("style", sheet),
        _Code("style", style),
        _Code("script", _read(folder / "leaflet.js")),
        _Code("script", "\n".join(scripts)),
    ]
    for i, code in enumerate(codes):
        figure.header.add_child(code, name=f"code{i}")
    text = figure.render().replace("\r\n", "\n")
    return _with_policy(_with_data(text, payload))


def _read(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if "sourceMappingURL" not in line)


def _without_images(sheet: str) -> str:
    """Drop what the sheet would load: icons of controls and markers unused here."""
    return re.sub(r"url\([^)]*\)", "none", sheet)


def _with_data(text: str, payload: str) -> str:
    before, body, after = text.partition("<body>")
    data = f'\n<script type="application/json" id="plan-data">{payload}</script>'
    return before.replace("<html>", '<html lang="en-GB">', 1) + body + data + after


def _with_policy(text: str) -> str:
    """Allow the scripts and styles of the page by their hashes, and nothing else."""
    policy = _POLICY.format(
        scripts=_hashes(re.findall(r"<script>(.*?)</script>", text, re.DOTALL)),
        styles=_hashes(re.findall(r"<style>(.*?)</style>", text, re.DOTALL)),
    )
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}" />'
    return text.replace(_CHARSET, f"{_CHARSET}\n    {meta}", 1)


def _hashes(codes: list[str]) -> str:
    digests = [hashlib.sha256(code.encode("utf-8")).digest() for code in codes]
    return " ".join(f"'sha256-{base64.b64encode(d).decode()}'" for d in digests)
