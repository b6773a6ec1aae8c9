"""CPU of a launch, from the login to the launch's redirect, beside the floor and PyLTI1p3's minimal tool.

People of one course who were here before come in again, each in a browser of their own that knows the tool's cookies:
the first term's second day. `framed`: as an LMS's iframe shows us, else in a window. Two requests either way: a login
in a frame asks itself for a cookie first, a third one, only where the browser brought none of ours.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import cycle, islice

from app import create_app
from benchmarks.lms import TOOL, Browser, Lms, launch
from benchmarks.measure import Contestant, Postgresql, Web, flask, machine, postgresql, serve, side_by_side, table
from benchmarks.school import School, make_school
from engine.config import Config
from lti.login import PROBE

STUDENTS = 40
SECRET = "benchmarks only, and no secret at all"  # noqa: S105
TARGET = f"{TOOL}/lti/launch"


@dataclass(frozen=True)
class Pace:
    """Launches in a round, and browsers that make them at the same moment."""

    launches: int
    at_once: int


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=9)
    asked.add_argument("--launches", type=int, default=400, help="in a round")
    asked.add_argument("--at-once", type=int, default=2, help="browsers at the same moment")
    options = asked.parse_args()
    pace = Pace(options.launches, options.at_once)
    with ExitStack() as ends:
        lms, server = Lms(), ends.enter_context(postgresql())
        ends.callback(lms.close)
        floor = ends.enter_context(_floor(lms, server, pace))
        tools = [floor, *(ends.enter_context(_minimal(lms, pace, fetches)) for fetches in (True, False))]
        ours = ends.enter_context(_ours(lms, server, pace))
        side_by_side([*tools, *ours], 1)  # what comes first is loaded, made and cached
        for one in (*tools, *ours):
            one.rounds.clear()
        fetched = lms.key_fetches
        side_by_side([*tools, *ours], options.rounds)
        fetched = lms.key_fetches - fetched - options.rounds * options.launches  # the minimal tool's, one each
        _tell([*tools, *ours], ours, fetched / (options.rounds * options.launches), pace)


def _tell(everyone: Sequence[Contestant], ours: Sequence[Contestant], fetches: float, pace: Pace) -> None:
    floor, minimal = everyone[:2]
    rows = [
        [one.name, f"{one.middle():.2f}", f"{one.middle('web'):.2f}", f"{one.middle('database'):.2f}",
         f"{one.times(floor):.2f} ×", f"{one.times(minimal):.2f} ×"]
        for one in everyone
    ]  # fmt: skip
    table(["one launch", "CPU ms", "web", "database", "of the floor", "of PyLTI1p3’s"], rows)
    print()
    least, aim = max(one.times(minimal) for one in ours), max(one.times(floor) for one in ours)
    table(
        ["demand", "", "reached"],
        [
            ["at least", "below PyLTI1p3’s minimal tool as it comes", f"{least:.2f} ×: {'yes' if least < 1 else 'no'}"],
            ["aim", "at most 1.4 × the floor", f"{aim:.2f} ×: {'yes' if aim <= 1.4 else 'no'}"],
            ["at least", "no key fetch in a launch of ours", f"{fetches:g}: {'no' if fetches else 'yes'}"],
        ],
    )
    print(f"\n{machine()}; 2 processes by docs/deploy/gunicorn.conf.py; {pace.at_once} browsers at once")


@contextmanager
def _floor(lms: Lms, server: Postgresql, pace: Pace) -> Iterator[Contestant]:
    environ = {"DATABASE_URL": server.database("floor"), "JWKS": json.dumps(lms.jwks)}
    with serve(environ, target="benchmarks.floor:make()") as web:

        def come_in(browser: Browser) -> None:
            browser.post("/login", lms.login(TARGET))
            browser.get("/probe")
            browser.post("/launch", {"id_token": lms.id_token(browser.text + _number(), TARGET, {}), "state": "s"})

        yield _contestant("the floor", web, server, [Browser(web.port) for _one in range(STUDENTS)], come_in, pace)


@contextmanager
def _minimal(lms: Lms, pace: Pace, fetches: bool) -> Iterator[Contestant]:
    environ = {"SECRET_KEY": SECRET, "CLIENT": lms.client_id, "ISSUER": lms.issuer, "DEPLOYMENT": lms.deployment}
    environ |= {"JWKS_URL": lms.jwks_url} | ({} if fetches else {"KEY_SET": json.dumps(lms.jwks)})
    with serve(environ, target="benchmarks.minimal:make()") as web:

        def come_in(browser: Browser) -> None:
            browser.cookies.clear()  # its session grows with each launch: one is what costs least
            launch(lms, browser, "/login", TARGET, dict)

        name = "PyLTI1p3’s minimal tool" if fetches else "the same, keys in its settings"
        yield _contestant(name, web, None, [Browser(web.port) for _one in range(STUDENTS)], come_in, pace)


@contextmanager
def _ours(lms: Lms, server: Postgresql, pace: Pace) -> Iterator[list[Contestant]]:
    with tempfile.TemporaryDirectory() as folder:
        environ = settings(server.database("tool"), folder)
        school = fill(lms, environ, STUDENTS)
        with serve(environ) as web:
            people = {True: _people(web, school, framed=True), False: _people(web, school, framed=False)}

            def come_in(browser: Browser) -> None:
                browser.cookies.pop(PROBE, None)  # its time is over when they come back
                sub = subs[id(browser)]
                where = launch(
                    lms, browser, "/lti/login", f"{TARGET}?activity={school.activity_key}", lambda: said[sub]
                )
                if not where.startswith(f"/activities/{school.activity_id}/"):
                    raise RuntimeError(f"a launch led to {where}")

            said = {sub: school.said(sub) for sub in school.subs}
            subs = {id(browser): sub for some in people.values() for sub, browser in some}
            yield [
                _contestant(
                    f"Third Option, {'in a frame' if framed else 'in a window'}",
                    web,
                    server,
                    [browser for _sub, browser in people[framed]],
                    come_in,
                    pace,
                )
                for framed in (True, False)
            ]


def settings(database_url: str, folder: str) -> dict[str, str]:
    """The environment of our app in a benchmark."""
    return {
        "SECRET_KEY": SECRET,
        "PUBLIC_URL": TOOL,
        "DATABASE_URL": database_url,
        "STORAGE_URL": f"file://{folder}",
        "ALLOWED_NETWORKS": "127.0.0.0/8",
        "TRUSTED_PROXIES": "1",
    }


def fill(lms: Lms, environ: Mapping[str, str], students: int) -> School:
    """Migrate, and put a school into it."""
    flask("db", "upgrade", environ=environ)
    app = create_app(replace(Config.from_env(environ), testing=True))
    with app.app_context():
        return make_school(lms, students)


def _people(web: Web, school: School, *, framed: bool) -> list[tuple[str, Browser]]:
    return [(sub, Browser(web.port, framed=framed)) for sub in school.subs]


def _contestant(
    name: str,
    web: Web,
    server: Postgresql | None,
    browsers: Sequence[Browser],
    come_in: Callable[[Browser], object],
    pace: Pace,
) -> Contestant:
    def work() -> int:
        """Each thread has browsers of its own: one person's launches never meet."""
        each, lanes = pace.launches // pace.at_once, range(pace.at_once)
        shares = [list(islice(cycle(browsers[lane :: pace.at_once]), each)) for lane in lanes]
        with ThreadPoolExecutor(pace.at_once) as threads:
            for done in [threads.submit(lambda share: [come_in(one) for one in share], share) for share in shares]:
                done.result()
        for browser in browsers:
            browser.close()
        return each * pace.at_once

    def cost() -> dict[str, float]:
        return {"web": web.cpu_seconds(), "database": server.cpu_seconds() if server else 0.0}

    return Contestant(name, work, cost, web.pause, web.go_on)


_numbers = iter(range(10**9))


def _number() -> str:
    return str(next(_numbers))


if __name__ == "__main__":
    main()
