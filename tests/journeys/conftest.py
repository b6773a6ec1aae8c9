"""The whole demo running, and people of the school at browsers of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from demo.run import Demo
from tests import machines
from tests.journeys.visitor import Visitor
from tests.journeys.watching import Watch
from tests.machines import Shared, lacking

BIOLOGY, HISTORY = "Biology 9A", "History 8A"
PORTS = (8521, 8621)  # far from where other tests' demos look first
PATIENCE = 30_000  # milliseconds; a machine that runs other tests beside this one is slow
ROOM = {"width": 1134, "height": 900}


class Be(Protocol):
    def __call__(self, name: str, course: str = BIOLOGY, **browser: Any) -> Visitor: ...


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """What the tool shares where it is run as on many machines."""
    if why := lacking():
        pytest.skip(why)
    with machines.running(tmp_path_factory.mktemp("machines")) as shared:
        yield shared


@pytest.fixture(scope="session")
def shared(request: pytest.FixtureRequest) -> Shared | None:
    """TEST_MOTOR=celery: every journey is walked on many machines."""
    found: Shared | None = request.getfixturevalue("many") if os.environ.get("TEST_MOTOR") == "celery" else None
    return found


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, shared: Shared | None) -> Iterator[Demo]:
    """One for all journeys of a worker: each has activities of its own in it."""
    on = shared.of("journeys") if shared else None
    with Demo(tmp_path_factory.mktemp("journeys"), ports=PORTS, machines=on) as running:
        yield running


@pytest.fixture
def watch(demo: Demo) -> Iterator[Watch]:
    """Fails the test over what its browsers complained of."""
    watching = Watch({urlsplit(url).netloc for url in (demo.tool_url, demo.lms_url)})
    yield watching
    assert not (faults := watching.faults()), "\n".join(faults)


@pytest.fixture
def contexts(browser: Browser, watch: Watch) -> Iterator[Callable[..., BrowserContext]]:
    """A function that makes a browser without any cookies, watched."""
    expect.set_options(timeout=PATIENCE)
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(**{"viewport": ROOM, "reduced_motion": "reduce"} | options)
        context.set_default_timeout(PATIENCE)
        watch.over(context)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def be(demo: Demo, watch: Watch, contexts: Callable[..., BrowserContext]) -> Be:
    """be("Ada Lindgren"): that person, in Biology 9A unless said otherwise, at a browser with these options."""

    def become(name: str, course: str = BIOLOGY, **browser: Any) -> Visitor:
        context = contexts(**browser)
        scripts: bool = browser.get("java_script_enabled", True)
        visitor = Visitor(context.new_page(), demo, watch, name, course, scripts=scripts)
        visitor.arrive()
        return visitor

    return become


@pytest.fixture
def clock(demo: Demo) -> Iterator[Callable[[float], None]]:
    """clock(days): in the tool it is that many days later, until the test is over."""
    yield lambda days: demo.set_clock(days * 86_400)
    demo.set_clock(0)
