"""Tool and LMS on different sites, and browsers that think differently of cookies there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from playwright.sync_api import BrowserContext, BrowserType, Frame, Page, expect

from demo.run import Demo
from tests.chromium import whole
from tests.journeys.conftest import PATIENCE, ROOM
from tests.journeys.visitor import Visitor
from tests.journeys.watching import Watch

BLOCK = 2  # Chromium's word for a content setting
CONTROL = "control=1"


def allowed(_demo: Demo) -> dict[str, Any]:
    """Chromium's settings in which a page in a frame keeps whatever cookies it likes."""
    return {"cookie_controls_mode": 0}


def third_party_blocked(_demo: Demo) -> dict[str, Any]:
    """In a frame on another site only Partitioned cookies are kept."""
    return {"cookie_controls_mode": 1}


def all_blocked(demo: Demo) -> dict[str, Any]:
    """In the LMS's pages the tool keeps none at all, Partitioned or not; in a window of its own it does."""
    pair = {f"{demo.tool_url},{demo.lms_url}": {"setting": BLOCK, "last_modified": "13300000000000000"}}
    return {"cookie_controls_mode": 0, "content_settings": {"exceptions": {"cookies": pair}}}


World = Callable[[Demo], dict[str, Any]]


class Browsers:
    """Browsers of a world, each with a profile of its own: a world is a setting of the profile."""

    def __init__(self, chromium: BrowserType, launch: dict[str, Any], demo: Demo, watch: Watch, folder: Path) -> None:
        self._chromium, self._launch, self._folder = chromium, launch, folder
        self.demo, self.watch = demo, watch
        self._open: list[BrowserContext] = []

    def be(self, name: str, course: str, world: World, *, scripts: bool = True) -> Visitor:
        """That person, in a new browser that has been at the tool before and kept a cookie there."""
        profile = self._folder / f"profile-{len(self._open)}"
        (profile / "Default").mkdir(parents=True)
        (profile / "Default" / "Preferences").write_text(json.dumps({"profile": world(self.demo)}))
        context = self._chromium.launch_persistent_context(
            profile,
            **self._launch,
            viewport={"width": ROOM["width"], "height": ROOM["height"]},
            reduced_motion="reduce",
            java_script_enabled=scripts,
            ignore_https_errors=True,
        )
        self._open.append(context)
        context.set_default_timeout(PATIENCE)
        self.watch.over(context)
        if urlsplit(self.demo.tool_url).scheme == "https":
            context.add_cookies(
                [{"name": "control", "value": "1", "url": self.demo.tool_url, "sameSite": "None", "secure": True}]
            )
        visitor = Visitor(context.pages[0], self.demo, self.watch, name, course, scripts=scripts)
        visitor.arrive()
        return visitor

    def close(self) -> None:
        for context in self._open:
            context.close()


@contextmanager
def browsers(chromium: BrowserType, launch: dict[str, Any], demo: Demo, folder: Path) -> Iterator[Browsers]:
    """Fails over what its browsers complained of, as the fixture `watch` does."""
    expect.set_options(timeout=PATIENCE)
    watch = Watch({urlsplit(url).netloc for url in (demo.tool_url, demo.lms_url)})
    made = Browsers(chromium, whole(launch), demo, watch, folder)
    try:
        yield made
    finally:
        made.close()
    assert not (faults := watch.faults()), "\n".join(faults)


def cookies_seen_by(frame: Frame) -> str:
    """What a script in that page sees: ours are HttpOnly, the control is not."""
    said: str = frame.evaluate("document.cookie")
    return said


def open_window(visitor: Visitor) -> Page:
    """Press what the page in the frame offers, be it a link or a button."""
    offer = visitor.tool.get_by_role("link", name="Open in a new window")
    button = visitor.tool.get_by_role("button", name="Open in a new window")
    with visitor.page.context.expect_page() as opened:
        offer.or_(button).click()
    return opened.value


def certificate(folder: Path) -> Path:
    """A PEM file with a key and its own certificate for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = folder / "localhost.pem"
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    )
    return path
