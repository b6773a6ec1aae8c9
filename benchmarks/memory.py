"""Memory of two web workers after launches and pages, what they share counted by each one's part of it (PSS)."""

from __future__ import annotations

import argparse
import re
import tempfile
from contextlib import ExitStack
from importlib.metadata import packages_distributions
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.launch import TARGET, fill, settings
from benchmarks.lms import Browser, Lms, launch
from benchmarks.measure import ROOT, family, machine, postgresql, pss_bytes, serve, table

LAUNCHES = 200
STUDENTS = 40


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--launches", type=int, default=LAUNCHES)
    options = asked.parse_args()
    workers, all_three = (used / 2**20 for used in measured(options.launches))
    rows = [
        [name, f"{used:.0f} MiB", *("yes" if used <= demand else "no" for demand in (180, 140))]
        for name, used in (("the 2 web workers", workers), ("and gunicorn’s own process with them", all_three))
    ]
    table([f"PSS after {options.launches} launches and their pages", "", "at least: ≤ 180", "aim: ≤ 140"], rows)
    print(
        f"\n{machine()}; by docs/deploy/gunicorn.conf.py: the workers are forked from the first, which keeps its pages"
    )


def as_on_a_server(folder: str) -> dict[str, str]:
    """The environment of processes that find no package which requirements.lock does not name, as tools of tests: some
    libraries load what they find."""
    locked = {
        name.lower() for name in re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    }
    tools = [
        package
        for package, parts in packages_distributions().items()
        if not (ROOT / package).exists() and not locked & {re.sub(r"[-_.]+", "-", part).lower() for part in parts}
    ]
    (Path(folder) / "sitecustomize.py").write_text(f"import sys\nsys.modules.update(dict.fromkeys({tools!r}))\n")
    return {"PYTHONPATH": folder}


def measured(launches: int) -> tuple[int, int]:
    """Bytes of gunicorn's workers, and with its own process, each launch followed to its page."""
    with ExitStack() as ends:
        lms, server = Lms(), ends.enter_context(postgresql())
        ends.callback(lms.close)
        environ = settings(server.database("tool"), ends.enter_context(tempfile.TemporaryDirectory()))
        school = fill(lms, environ, STUDENTS)
        own = as_on_a_server(ends.enter_context(tempfile.TemporaryDirectory()))
        web = ends.enter_context(serve(environ | own))
        for number in range(launches):
            sub, browser = school.subs[number % STUDENTS], Browser(web.port)
            said = school.said(sub)
            target = f"{TARGET}?activity={school.activity_key}"
            where = launch(lms, browser, "/lti/login", target, lambda said=said: said)  # type: ignore[misc]
            page = browser.get(urlsplit(where).path)
            if page.status != 200:
                raise RuntimeError(f"{where} was answered {page.status}")
            browser.close()
        each = [pss_bytes(one.pid) for one in family(web.pid) if one.parent == web.pid]
        return sum(each), pss_bytes(web.pid)


if __name__ == "__main__":
    main()
