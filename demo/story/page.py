"""A page as its reader has it: heading, links, forms. Read by html.parser: the demo needs no more than the tool."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urljoin

UNREAD = {"script", "style"}
GOES_BY_ITSELF = ("data-goes-by-itself", "data-post-on")  # launches of the school, replies of the tool


class Broken(Exception):
    """A page is not as the story expects it; the text says which and how."""


class Upload(NamedTuple):
    """A file for a file field."""

    name: str
    content: bytes
    media_type: str


Value = str | bool | Upload  # a text or the name of a choice; whether a box is ticked; a file


@dataclass
class Control:
    """One field of a form. `label` of a radio button are the words beside it; `options` of a select its values."""

    name: str
    kind: str
    value: str
    on: bool
    label: str = ""
    options: list[str] = field(default_factory=list)
    upload: Upload | None = None


@dataclass
class Button:
    """`action` is its own address, "" where it has none and goes to its form's."""

    name: str
    value: str
    action: str
    words: str


@dataclass
class Form:
    """`autosave` is where its draft goes, "" where it keeps none."""

    action: str = ""
    autosave: str = ""
    goes_by_itself: bool = False
    controls: list[Control] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)

    def has(self, names: set[str]) -> bool:
        return names <= {control.name for control in self.controls}

    def button(self, pattern: str) -> Button | None:
        """The first button whose words match, as file names do: "Send to *"."""
        return next((button for button in self.buttons if fnmatchcase(button.words, pattern)), None)

    def fill(self, name: str, value: Value) -> None:
        """Type, tick, choose a file, or choose among radio buttons and options by value or by the words beside it.

        Raises:
            Broken: the form has no such field or choice.
        """
        controls = [control for control in self.controls if control.name == name and control.kind != "hidden"]
        if not controls:
            raise Broken(f"there is no field {name!r}")
        kind = controls[0].kind
        if isinstance(value, bool) and kind == "checkbox":
            controls[0].on = value
        elif isinstance(value, Upload) and kind == "file":
            controls[0].upload = value
        elif isinstance(value, str) and kind == "radio":
            _choose(controls, value)
        elif isinstance(value, str) and (kind in {"text", "textarea"} or value in controls[0].options):
            controls[0].value = value
        else:
            raise Broken(f"the field {name!r} ({kind}) does not take {value!r}")

    def fields(self) -> list[tuple[str, str]]:
        """What a browser sends of it, files apart."""
        return [(one.name, one.value) for one in self.controls if one.on and one.kind != "file" and one.name]

    def uploads(self) -> list[tuple[str, Upload]]:
        return [(one.name, one.upload) for one in self.controls if one.upload]


class Page:
    """`frame` is the address of the frame in it, "" where it has none; `errors` is what it says is wrong."""

    def __init__(self, url: str, text: str) -> None:
        read = _Reader(url)
        read.feed(text)
        read.close()
        self.url, self.frame, self.forms = url, read.frame, read.forms
        self.heading = _plain(read.heading)
        self.errors = [_plain(words) for words in read.errors]
        self.words = _plain(read.words)
        self._links = [(_plain(words), address) for words, address in read.links]

    def link(self, pattern: str) -> str:
        """The address of the first link whose words match.

        Raises:
            Broken: none does.
        """
        found = next((address for words, address in self._links if fnmatchcase(words, pattern)), None)
        if found is None:
            raise Broken(f"{self} has no link {pattern!r}")
        return found

    def form(self, pattern: str, names: set[str]) -> tuple[Form, Button]:
        """The first form with such a button and fields of these names.

        Raises:
            Broken: there is none.
        """
        for form in self.forms:
            button = form.button(pattern)
            if button and form.has(names):
                return form, button
        raise Broken(f"{self} has no form with the button {pattern!r} and the fields {sorted(names)}")

    def __str__(self) -> str:
        return f"“{self.heading}” at {self.url}"


def _choose(radios: list[Control], value: str) -> None:
    """Switch one of them on. A label may begin with the letter of its way: "A Field poster"."""
    chosen = [one for one in radios if value == one.value or value in {one.label, one.label.partition(" ")[2]}]
    if len(chosen) != 1:
        raise Broken(f"{len(chosen)} of the radio buttons {radios[0].name!r} are {value!r}")
    for radio in radios:
        radio.on = radio is chosen[0]


class _Reader(HTMLParser):
    """Gathers while it reads. Words go to every element that is open and asks for them."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._open: dict[str, list[str]] = {}  # {tag: the words inside it so far}
        self._labelled: list[Control] = []  # the controls inside the open label
        self._form: Form | None = None
        self._by_id: dict[str, Form] = {}  # a control may name its form, before or after that begins
        self._text: Control | None = None
        self._select: Control | None = None
        self._button: Button | None = None
        self._name = ""  # of the open link or button, where its words are not it
        self.frame, self.forms = "", list[Form]()
        self.links: list[tuple[list[str], str]] = []
        self.heading: list[str] = []
        self.words: list[str] = []
        self.errors: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag in UNREAD | {"h1", "label", "button", "textarea", "a", "p"}:
            self._open[tag] = []
        match tag:
            case "form":
                self._begin_form(said)
            case "iframe":
                self.frame = self._address(said.get("src"))
            case "h1":
                self.heading = self._open[tag]
            case "p" if "error" in said.get("class", "").split():
                self.errors.append(self._open[tag])
            case "a" if "href" in said:
                words = [said["aria-label"]] if "aria-label" in said else self._open[tag]
                self.links.append((words, self._address(said["href"])))
            case "label":
                self._labelled = []
            case "option" if self._select:
                self._add_option(said)
            case _ if form := self._by_id.setdefault(said["form"], Form()) if "form" in said else self._form:
                self._add(form, tag, said)

    def handle_endtag(self, tag: str) -> None:
        words = self._open.pop(tag, [])
        match tag:
            case "form":
                self._form = None
            case "label":
                for control in self._labelled:
                    control.label = _plain(words)
            case "button" if self._button:
                self._button.words = self._name or _plain(words)
                self._button = None
            case "textarea" if self._text:
                self._text.value = "".join(words).removeprefix("\n")
                self._text = None
            case "select":
                self._select = None

    def handle_data(self, data: str) -> None:
        if not UNREAD & self._open.keys():
            for words in (self.words, *self._open.values()):
                words.append(data)

    def _begin_form(self, said: dict[str, str]) -> None:
        self._form = self._by_id.setdefault(said["id"], Form()) if "id" in said else Form()
        self._form.action = self._address(said.get("action"))
        self._form.autosave = self._address(said["data-autosave"]) if "data-autosave" in said else ""
        self._form.goes_by_itself = any(name in said for name in GOES_BY_ITSELF)
        self.forms.append(self._form)

    def _add(self, form: Form, tag: str, said: dict[str, str]) -> None:
        name, value = said.get("name", ""), said.get("value", "")
        if tag == "button":
            action = self._address(said["formaction"]) if "formaction" in said else ""
            self._button, self._name = Button(name, value, action, ""), said.get("aria-label", "")
            form.buttons.append(self._button)
        elif tag in {"input", "textarea", "select"} and "disabled" not in said:
            kind = said.get("type", "text") if tag == "input" else tag
            ticked = kind in {"radio", "checkbox"}
            kind = kind if ticked or kind in {"hidden", "file", "textarea", "select"} else "text"
            control = Control(name, kind, value or ("on" if ticked else ""), "checked" in said or not ticked)
            form.controls.append(control)
            self._labelled.append(control)
            self._text = control if tag == "textarea" else self._text
            self._select = control if tag == "select" else self._select

    def _add_option(self, said: dict[str, str]) -> None:
        select, value = self._select, said.get("value", "")
        assert select  # noqa: S101  # for the type checker: asked by the caller
        if not select.options or "selected" in said:
            select.value = value
        select.options.append(value)

    def _address(self, written: str | None) -> str:
        return urljoin(self._url, written or "")


def _plain(words: list[str]) -> str:
    return " ".join("".join(words).split())
