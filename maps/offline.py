"""A folium map as one HTML file that needs nothing else: no other host, no server, no folder beside it.

    folium.Map ─ render ─► HTML with links ─► every link to a known file is replaced by the file itself
                                             every other one raises ForeignAssetError
                                             a policy in the page forbids the browser whatever was overlooked

The files come with installed packages (`xstatic-leaflet`, folium's own templates, `maps/assets`); nothing is fetched
while a map is made. Why one file: docs/decisions/0006-heat-maps-that-open-offline.md.
"""

import base64
import hashlib
import json
import mimetypes
import re
from collections.abc import Mapping
from html import escape
from html.parser import HTMLParser
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

import folium
from folium.plugins import HeatMap

# As folium names them; that our copy is of the version in that name is tested.
LEAFLET_JS: str = dict(folium.Map.default_js)["leaflet"]
LEAFLET_CSS: str = dict(folium.Map.default_css)["leaflet_css"]
HEAT_JS: str = dict(HeatMap.default_js)["leaflet-heat.js"]

_LEAFLET = files("xstatic.pkg.leaflet") / "data"
_OURS = files("maps") / "assets"

ASSETS: Mapping[str, Traversable] = MappingProxyType(
    {
        LEAFLET_JS: _LEAFLET / "leaflet.js",
        LEAFLET_CSS: _LEAFLET / "leaflet.css",
        HEAT_JS: files("folium") / "templates" / "leaflet_heat.min.js",
        "maps/heatmap.js": _OURS / "heatmap.js",
        "maps/heatmap.css": _OURS / "heatmap.css",
    }
)

# Attributes by which a page loads something without a click (WHATWG HTML, index of attributes). `href` counts on these
# elements only: an <a> is followed by a person.
_LOADING = frozenset({"src", "srcset", "data", "poster", "background", "imagesrcset", "manifest", "action", "ping"})
_LOADING_HREF = frozenset({"link", "image", "use", "base", "feimage"})

_CSS_URL = re.compile(r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^)]*?))\s*\)""", re.IGNORECASE)
_CSS_IMPORT = re.compile(r"@import\b[^;]*", re.IGNORECASE)
_JS_URL = re.compile(r"""["'`]((?:https?:|wss?:)?//[^"'`\s]+)""", re.IGNORECASE)
_SOURCE_MAP = re.compile(r"(//|/\*)# sourceMappingURL=[^\n]*")


class ForeignAssetError(ValueError):
    """A map asks for something that does not come with it."""

    def __init__(self, address: str, where: str) -> None:
        super().__init__(f"{where} asks for {address}, which is not among the assets of maps.offline")
        self.address = address


def as_json(value: Any) -> str:
    """Return `value` as JSON that may stand inside a <script>, whatever strings are in it.

    `<` could end the script; `//` could be taken for an address, by `single_file` too.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for risky, safe in (("<", "\\u003c"), ("//", "\\/\\/"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029")):
        text = text.replace(risky, safe)
    return text


def single_file(drawn: folium.Map, language: str = "id") -> str:
    """Return a map as one self-contained HTML text.

    Args:
        drawn: a map whose scripts and styles are all among `ASSETS`; raster tiles are not.
        language: of the page, BCP 47.
    Raises:
        ForeignAssetError: the map, a style or a script of it names an address that is not among `ASSETS`.
    """
    page = _Page(language)
    page.feed(drawn.get_root().render().replace("\r\n", "\n"))
    page.close()
    return page.text()


def policy(html: str) -> str:
    """Return the Content-Security-Policy that `single_file` wrote into the page, for the answer's header too.

    Raises:
        ValueError: the text is not from `single_file`.
    """
    found = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    if found is None:
        raise ValueError("this page was not made by maps.offline.single_file")
    return found.group(1)


class _Page(HTMLParser):
    """Copies a page out, with what it links to put in its place."""

    def __init__(self, language: str) -> None:
        super().__init__(convert_charrefs=False)
        self._language = language
        self._parts: list[str] = []
        self._inside: str | None = None  # script or style whose text is being read
        self._asset = ""  # the file that was put into it
        self._text: list[str] = []  # what stood in it
        self._script_runs = True
        self._hashes: list[str] = []
        self._policy_at: int | None = None

    def text(self) -> str:
        if self._policy_at is None:
            raise ValueError("the page has no <head>")
        scripts = " ".join(dict.fromkeys(f"'sha256-{one}'" for one in self._hashes)) or "'none'"
        content = (
            f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; font-src data:; "
            "connect-src 'none'; base-uri 'none'; form-action 'none'"
        )
        meta = f'\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{content}">'
        return "".join([*self._parts[: self._policy_at], meta, *self._parts[self._policy_at :]])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self._parts.append(f'<html lang="{escape(self._language)}">')
        elif tag == "meta" and given.get("http-equiv", "").lower() == "content-type":
            return  # ours stands first
        elif tag == "meta" and given.get("name") == "viewport":
            # folium's forbids zooming with two fingers, which WCAG 2.2 (1.4.4) wants
            self._parts.append('<meta name="viewport" content="width=device-width, initial-scale=1">')
        elif tag == "link" and given.get("rel", "").lower() == "stylesheet" and given.get("href") in ASSETS:
            self._parts.append(f"<style>\n{_style(given['href'])}\n</style>")
        elif tag == "script" and given.get("src") in ASSETS:
            self._inside, self._asset, self._text, self._script_runs = "script", _script(given["src"]), [], True
            self._parts.append("<script>")
        else:
            self._check(tag, given)
            self._parts.append(self.get_starttag_text() or "")
            if tag in ("script", "style"):
                self._inside, self._asset, self._text = tag, "", []
                self._script_runs = "json" not in given.get("type", "")
        if tag == "head":
            self._policy_at = len(self._parts)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            written = "".join(self._text)
            text = self._asset + written
            if tag == "style":
                _check_css(written, "a <style> of the page")
            elif self._script_runs:
                for address in _JS_URL.findall(written):
                    raise ForeignAssetError(address, "a script of the page")
                self._hashes.append(base64.b64encode(hashlib.sha256(text.encode()).digest()).decode())
            self._parts.append(text)
            self._inside = None
        self._parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        (self._text if self._inside else self._parts).append(data)

    def handle_entityref(self, name: str) -> None:
        self._parts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._parts.append(f"&#{name};")

    def handle_decl(self, decl: str) -> None:
        self._parts.append(f"<!{decl}>")

    def _check(self, tag: str, given: Mapping[str, str]) -> None:
        for name, value in given.items():
            loads = name in _LOADING or (name.endswith("href") and tag in _LOADING_HREF)
            if loads and not value.strip().startswith(("data:", "#")):
                raise ForeignAssetError(value, f"<{tag} {name}>")
            if name == "style":
                _check_css(value, f"<{tag} style>")


def _script(address: str) -> str:
    text = _SOURCE_MAP.sub("", ASSETS[address].read_text("utf-8").replace("\r\n", "\n"))
    return text.replace("</script", "<\\/script")


def _style(address: str) -> str:
    """Return a style sheet with the pictures and fonts beside it put into it."""
    sheet = ASSETS[address]
    folder = sheet.parent if hasattr(sheet, "parent") else None

    def inlined(found: re.Match[str]) -> str:
        target = next((part for part in found.groups() if part is not None), "").strip()
        if target.startswith(("data:", "#")):
            return found.group(0)
        beside = folder.joinpath(target.split("?")[0].split("#")[0]) if folder and ":" not in target else None
        if beside is None or target.startswith("/") or not beside.is_file():
            raise ForeignAssetError(target, f"the style sheet {address}")
        kind = mimetypes.guess_type(target)[0] or "application/octet-stream"
        return f'url("data:{kind};base64,{base64.b64encode(beside.read_bytes()).decode()}")'

    text = _SOURCE_MAP.sub("", sheet.read_text("utf-8").replace("\r\n", "\n"))
    _check_imports(text, f"the style sheet {address}")
    return _CSS_URL.sub(inlined, text).replace("</style", "<\\/style")


def _check_css(text: str, where: str) -> None:
    _check_imports(text, where)
    for groups in _CSS_URL.findall(text):
        target = "".join(groups).strip()
        if not target.startswith(("data:", "#")):
            raise ForeignAssetError(target, where)


def _check_imports(text: str, where: str) -> None:
    if found := _CSS_IMPORT.search(text):
        raise ForeignAssetError(found.group(0), where)
