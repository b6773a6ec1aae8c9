"""What every page keeps to, whoever sees it in whatever state: read from its HTML alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property, lru_cache
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
from html5lib.html5parser import ParseError
from werkzeug.test import TestResponse

CONTROLS = {"input", "select", "textarea"}
VERBATIM = {"code", "pre", "kbd", "blockquote", "script", "style", "textarea"}  # texts of people keep their own signs
READ_OUT = ("aria-label", "placeholder", "title", "alt")
LOADS = {"script": "src", "link": "href", "img": "src", "audio": "src", "video": "src", "source": "src", "use": "href",
         "iframe": "src", "embed": "src", "object": "data"}  # fmt: skip
NAMES_OTHERS = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "form", "list", "headers")
HALF_DONE = re.compile(r"%\(\w+\)|\{\{|\{%|\bNone\b|\bundefined\b|<[a-z_.]+ object| at 0x|Enum\b|\bTrue\b|\bFalse\b")
UNKIND = re.compile(r"\b(oops|invalid|error|submit\w*|failed|forbidden)\b", re.IGNORECASE)  # DESIGN §2
MADE_ANEW = re.compile(
    r'(?<=name="csrf_token" value=")[^"]+|\b[45]\d\d-[0-9A-F]{6}\b'
)  # a form's token, a refusal's number
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")


def page_of(html: str) -> Page:
    """An HTML answer, read once for all answers that say the same, as thousands of refusals do."""
    return _read(MADE_ANEW.sub("made-anew", html))


@lru_cache(maxsize=50)
def _read(html: str) -> Page:
    return Page(html)


class Page:
    """An HTML answer. `faults` lists in words what is wrong with it; nothing is well."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._broken = ""
        builder = html5lib.getTreeBuilder("etree")
        try:
            self._root: Element = html5lib.HTMLParser(builder, strict=True, namespaceHTMLElements=False).parse(html)
        except ParseError as wrong:
            self._broken = str(wrong)
            self._root = html5lib.HTMLParser(builder, namespaceHTMLElements=False).parse(html)
        self._all = list(self._root.iter())
        self._parents = {child: parent for parent in self._all for child in parent}
        self._by_tag: dict[str, list[Element]] = {}
        for element in self._all:
            if isinstance(element.tag, str):  # a comment's is a function
                element.tag = element.tag.rpartition("}")[2]  # a drawing's has its namespace before it
                self._by_tag.setdefault(element.tag, []).append(element)

    @cached_property
    def faults(self) -> list[str]:
        checks = (self._frame, self._references, self._names, self._forms, self._loads, self._words)
        broken = [f"not valid HTML: {self._broken}"] if self._broken else []
        return broken + [fault for check in checks for fault in check()]

    # What leads on from here

    @property
    def links(self) -> list[str]:
        """Addresses of this tool that the page links to."""
        found = [e.get("href", "") for e in self._tags("a")]
        return [
            address for address in found if address and not urlsplit(address).netloc and not address.startswith("#")
        ]

    @property
    def actions(self) -> list[tuple[str, str]]:
        """(method, address) of every way to send one of its forms, and of what saves itself."""
        found = [((e.get("method") or "get").upper(), e.get("action", "")) for e in self._tags("form")]
        found += [("POST", e.get("formaction", "")) for e in self._all if e.get("formaction")]
        return found + [("POST", e.get("data-autosave", "")) for e in self._all if e.get("data-autosave")]

    @property
    def text(self) -> str:
        """All that it says, to read or to hear."""
        said = [element.get(attribute, "") for element in self._all for attribute in READ_OUT]
        return " ".join([_text(self._root), *said])

    @cached_property
    def ids(self) -> Counter[str]:
        return Counter(e.get("id", "") for e in self._all if e.get("id") is not None)

    @property
    def alarms(self) -> list[str]:
        """What the page says is wrong."""
        alarms = [e for e in self._all if e.get("role") == "alert" or e.get("data-tone") == "alarm"]
        return [" ".join(_text(e).split()) for e in [*alarms, *self._tags("h1")]]

    # What is looked at

    def _frame(self) -> Iterator[str]:
        if len(self._tags("h1")) != 1:
            yield f"{len(self._tags('h1'))} h1"
        title, heading = "".join(map(_text, self._tags("title"))), "".join(map(_text, self._tags("h1")))
        own, _dot, product = title.rpartition("·")
        if product.strip() != "Third Option" or not own.strip():
            yield f"title {title!r}"
        if not heading.strip():
            yield "an empty h1"
        if not any(e.get("lang") for e in self._tags("html")):
            yield "no language"
        if [e.get("id") for e in self._tags("main")] != ["main"]:
            yield "no one main"

    def _references(self) -> Iterator[str]:
        yield from (f"id {name!r} {count} times" for name, count in self.ids.items() if count > 1 or not name.strip())
        for element in self._all:
            for attribute in NAMES_OTHERS:
                for name in element.get(attribute, "").split():
                    if name not in self.ids:
                        yield f"{attribute}={name!r} names nothing"
            address = element.get("href", "")
            if address.startswith("#") and address[1:] not in self.ids:
                yield f"link to {address!r}, which is not on the page"

    def _names(self) -> Iterator[str]:
        for element in self._all:
            tag, kind = element.tag, element.get("type", "")
            if tag in CONTROLS and kind not in {"hidden", "submit", "button"} and not self._label(element):
                yield f"{tag} {element.get('name')!r} has no label"
            if tag in CONTROLS and not element.get("name") and kind not in {"submit", "button"}:
                yield f"{tag} {element.get('id')!r} has no name"
            if tag in {"button", "a", "summary", "legend", "th"} and not (_text(element).strip() or _said(element)):
                yield f"{tag} without words: {dict(element.attrib)}"
            if tag == "a" and not element.get("href"):
                yield f"a link that leads nowhere: {_text(element)!r}"
            if tag == "img" and element.get("alt") is None:
                yield "a picture without alt"
            if "state" in element.get("class", "").split() and not any(e.tag == "svg" for e in element.iter()):
                yield f"a state without an icon: {_text(element)!r}"
            if "state" in element.get("class", "").split() and not _text(element).strip():
                yield "a state without a word"
            if element.get("role") == "img" and not _said(element) and not element.get("aria-labelledby"):
                yield "a drawing without a sentence"

    def _label(self, element: Element) -> str:
        names = [_said(element)]
        if labels := element.get("aria-labelledby", "").split():
            names += [_text(e) for e in self._all if e.get("id") in labels]
        names += [_text(e) for e in self._tags("label") if e.get("for") and e.get("for") == element.get("id")]
        above = self._parents.get(element)
        while above is not None:
            if above.tag == "label":
                names.append(_text(above))
            above = self._parents.get(above)
        return "".join(names).strip()

    def _forms(self) -> Iterator[str]:
        for form in self._tags("form"):
            inside = list(form.iter())
            if (form.get("method") or "").lower() not in {"post", "get"} or not form.get("action"):
                yield f"a form without method or action: {dict(form.attrib)}"
            tokens = [e.get("value") for e in inside if e.get("name") == "csrf_token"]
            if (form.get("method") or "").lower() == "post" and (len(tokens) != 1 or not tokens[0]):
                yield f"a form with {len(tokens)} tokens: {form.get('action')}"
            if any(e.get("type") == "file" for e in inside) and form.get("enctype") != "multipart/form-data":
                yield f"a form that loses its files: {form.get('action')}"
            if any(e.tag == "form" for e in inside if e is not form):
                yield "a form in a form"
            if not self._has_button(form) and self._takes_typing(form):
                yield f"a form without a button: {form.get('action')}"

    def _has_button(self, form: Element) -> bool:
        mine = [*form.iter(), *(e for e in self._all if e.get("form") and e.get("form") == form.get("id"))]
        return any(e.tag == "button" and e.get("type", "submit") == "submit" for e in mine)

    def _takes_typing(self, form: Element) -> bool:
        still = {e for group in form.iter("fieldset") if group.get("disabled") is not None for e in group.iter()}
        return any(e.tag in CONTROLS and e.get("type") != "hidden" and e not in still for e in form.iter())

    def _loads(self) -> Iterator[str]:
        for element in self._all:
            tag = element.tag
            if tag == "style" or (tag == "script" and not element.get("src")):
                yield f"an inline {tag}"
            for attribute, value in element.attrib.items():
                if attribute == "style" or attribute.startswith("on"):
                    yield f"{tag} with {attribute}={value!r}"
                if value.strip().lower().startswith(("javascript:", "vbscript:", "data:")):
                    yield f"{tag} with {attribute}={value!r}"
            address = element.get(LOADS.get(tag, ""), "")
            if address and not (address.startswith("#") or (address.startswith("/") and not address.startswith("//"))):
                yield f"{tag} loads {address!r}"
            if element.get("target") == "_blank" and "noopener" not in element.get("rel", ""):
                yield f"a window that may steer ours: {element.get('href')}"

    def _words(self) -> Iterator[str]:
        for said in filter(str.strip, self._said_on_page()):
            if "'" in said or '"' in said:
                yield f"straight quotes: {said.strip()[:80]!r}"
            if found := HALF_DONE.search(said) or UNKIND.search(said):
                yield f"{found.group()!r} in {said.strip()[:80]!r}"
        for element in self._tags("time"):
            if not MOMENT.fullmatch(element.get("datetime", "")):
                yield f"no moment: {element.get('datetime')!r}"

    def _said_on_page(self) -> Iterator[str]:
        """Every bit of text that people read or hear, those that people wrote left out."""
        for element in self._all:
            yield from (element.get(attribute, "") for attribute in READ_OUT)
            if element.tag not in VERBATIM:
                yield element.text or ""
            yield element.tail or ""

    def _tags(self, name: str) -> list[Element]:
        return self._by_tag.get(name, [])


def header_faults(answer: TestResponse, framed_by: str = "") -> list[str]:
    """What the headers of a page lack. `framed_by`: the origin of the LMS that may show it."""
    policy = dict(part.partition(" ")[::2] for part in answer.headers.get("Content-Security-Policy", "").split("; "))
    faults = [f"{name} {value}" for name, value in policy.items() if "unsafe-" in value or "data:" in value]
    if policy.get("default-src") != "'none'":
        faults.append(f"default-src {policy.get('default-src')}")
    for name in ("script-src", "style-src", "img-src", "font-src", "connect-src"):
        if policy.get(name) != "'self'":
            faults.append(f"{name} {policy.get(name)}")
    if framed_by not in policy.get("frame-ancestors", "") or not policy.get("frame-ancestors"):
        faults.append(f"frame-ancestors {policy.get('frame-ancestors')}")
    if answer.headers.get("Cache-Control") != "no-store":
        faults.append(f"Cache-Control {answer.headers.get('Cache-Control')}")
    if answer.headers.get("X-Content-Type-Options") != "nosniff":
        faults.append("no nosniff")
    if answer.headers.get("Referrer-Policy") in {None, "unsafe-url", "no-referrer-when-downgrade"}:
        faults.append(f"Referrer-Policy {answer.headers.get('Referrer-Policy')}")
    return faults


def _text(element: Element) -> str:
    return "".join(element.itertext())


def _said(element: Element) -> str:
    return (element.get("aria-label") or element.get("title") or "").strip()
