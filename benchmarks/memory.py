"""Memory of two web workers after launches and pages, what they share counted by each one's part of it (PSS)."""

from __future__ import annotations

import argparse
import tempfile
from contextlib import ExitStack
from urllib.parse import urlsplit

from benchmarks.launch import TARGET, fill, settings
from benchmarks.lms import Browser, Lms, launch
from benchmarks.measure import machine, postgresql, pss_bytes, serve, table

LAUNCHES = 200
STUDENTS = 40
# No --preload: the embedded motor is a thread that create_app starts, and its connections would outlive the fork.
WAYS: dict[str, tuple[str, ...]] = {"each worker loads the app": ()}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--launches", type=int, default=LAUNCHES)
    options = asked.parse_args()
    rows = []
    for name, more in WAYS.items():
        used = measured(more, options.launches) / 2**20
        rows.append([name, f"{used:.0f} MiB", "yes" if used <= 180 else "no", "yes" if used <= 140 else "no"])
    table([f"after {options.launches} launches and their pages", "PSS", "at least: ≤ 180", "aim: ≤ 140"], rows)
    print(f"\n{machine()}; gunicorn’s own process and 2 workers by docs/deploy/gunicorn.conf.py")


def measured(more: tuple[str, ...], launches: int) -> int:
    """Bytes of gunicorn and its workers, each launch followed to its page."""
    with ExitStack() as ends:
        lms, server = Lms(), ends.enter_context(postgresql())
        ends.callback(lms.close)
        environ = settings(server.database("tool"), ends.enter_context(tempfile.TemporaryDirectory()))
        school = fill(lms, environ, STUDENTS)
        web = ends.enter_context(serve(environ, *more))
        for number in range(launches):
            sub, browser = school.subs[number % STUDENTS], Browser(web.port)
            said = school.said(sub)
            target = f"{TARGET}?activity={school.activity_key}"
            where = launch(lms, browser, "/lti/login", target, lambda said=said: said)  # type: ignore[misc]
            page = browser.get(urlsplit(where).path)
            if page.status != 200:
                raise RuntimeError(f"{where} was answered {page.status}")
            browser.close()
        return pss_bytes(web.pid)


if __name__ == "__main__":
    main()
