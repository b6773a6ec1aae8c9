"""What every test may ask for: an app on an empty, migrated database; a client; a session; Chromium.

Tests that touch a database run once per name in TEST_DATABASES, with two exceptions. Marked `one_database`, they run on
the first of them, or on the one that the mark names. Tests of pages, which ask for `signed_in`, run on the one that
schools use, the stricter of the two; SQLite's pages are those that tests/laws, tests/journeys and tests/demo look at.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Playwright
from sqlalchemy.orm import Session

from app import create_app
from engine import garbage, logs
from engine.config import Config
from engine.db import db
from tests import chromium, logged, replay, unheld
from tests.postgresql import Cluster, obstacle

pytest_plugins = ["tests.cast"]

DATABASES = os.environ.get("TEST_DATABASES", "sqlite,postgresql").split(",")
PAGES_ON = "sqlite" if obstacle() else "postgresql"
CLUSTER_HOME = "THIRD_OPTION_TEST_CLUSTER"
SLOWEST = (
    "tests/laws/test_in_browser",
    "tests/laws/test_pages",
    "tests/laws/test_input",
    "tests/journeys/",
    "tests/demo/",
    "",
)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the process that starts the workers; they inherit its environment
        os.environ[CLUSTER_HOME] = str(Cluster.in_new_folder().home)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        Cluster(Path(os.environ[CLUSTER_HOME])).remove()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Among several workers the longest files come first, so that all are busy with small ones to the end."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: next(n for n, start in enumerate(SLOWEST) if item.nodeid.startswith(start)))


def pytest_collection_finish() -> None:
    """As the worker does: an eighth of the time went into looking for garbage among the tests themselves."""
    garbage.seldom()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_url" in metafunc.fixturenames:
        metafunc.parametrize("database_url", _databases(metafunc), indirect=True)


def _databases(metafunc: pytest.Metafunc) -> list[str]:
    if only_one := metafunc.definition.get_closest_marker("one_database"):
        return [name for name in DATABASES if name in only_one.args] or DATABASES[:1]
    if "signed_in" in metafunc.fixturenames:
        return [name for name in DATABASES if name == PAGES_ON] or DATABASES[:1]
    return DATABASES


@pytest.fixture(scope="session")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("storage")


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory, storage: Path) -> str:
    """The address of this worker's SQLite file, migrated."""
    migrated, own = Path(os.environ[CLUSTER_HOME]) / "migrated.sqlite3", tmp_path_factory.mktemp("database")
    with _once("sqlite") as first:
        if first:
            _migrate(f"sqlite:///{migrated}", storage)
    return f"sqlite:///{shutil.copy(migrated, own / 'test.sqlite3')}"


@pytest.fixture(scope="session")
def postgresql(worker_id: str, storage: Path) -> Iterator[str]:
    """The address of this worker's PostgreSQL database, migrated, on the server that all workers share."""
    if why := obstacle():
        pytest.skip(why)
    cluster = Cluster(Path(os.environ[CLUSTER_HOME]))
    cluster.start()
    with _once("postgresql") as first:
        if first:
            _migrate(cluster.create("migrated"), storage)
        url = cluster.create(f"test_{worker_id}", like="migrated")
    yield url
    replay.engine_of(url).dispose()


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated database without a row in it."""
    url: str = request.getfixturevalue(request.param)
    replay.empty(replay.engine_of(url))
    return url


@pytest.fixture
def config(database_url: str, storage: Path) -> Config:
    return _config(database_url, storage)


@pytest.fixture
def make_app(config: Config, bytecode: FileSystemBytecodeCache) -> Iterator[Callable[..., Flask]]:
    """A function that makes an app on the test's database, with settings of one's own: make_app(trusted_proxies=1)."""
    made: list[Flask] = []

    def make(**settings: Any) -> Flask:
        app = create_app(replace(config, **settings))
        app.jinja_env.bytecode_cache = bytecode
        made.append(app)
        return app

    yield make
    for app in made:
        _dispose(app)


@pytest.fixture(scope="session")
def bytecode() -> FileSystemBytecodeCache:
    """An app per test, yet each template compiled once for all workers."""
    folder = Path(os.environ[CLUSTER_HOME]) / "bytecode"
    folder.mkdir(exist_ok=True)
    return FileSystemBytecodeCache(str(folder))


@pytest.fixture(scope="session")
def apps() -> Iterator[dict[str, Flask]]:
    """{address of a database: the app on it}. Making one takes longer than most tests."""
    made: dict[str, Flask] = {}
    yield made
    for app in made.values():
        _dispose(app)


@pytest.fixture
def app(config: Config, apps: dict[str, Flask], bytecode: FileSystemBytecodeCache) -> Flask:
    """The app as it comes, its database empty; who changes an app makes one with `make_app`.

    No context is pushed: a request made inside one would share its session.
    """
    if config.database_url not in apps:
        apps[config.database_url] = app = create_app(config)
        app.jinja_env.bytecode_cache = bytecode
    return apps[config.database_url]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    """To arrange rows and to look at them afterwards, beside the app's own sessions.

    It holds no transaction: what is flushed is there for the next request, and what a request wrote is there for the
    next query. Objects already loaded need `session.expire_all()` (or `commit`, which flushes too).
    """
    engine = replay.engine_of(database_url).execution_options(isolation_level="AUTOCOMMIT")
    with Session(engine) as session:
        yield session


@pytest.fixture(autouse=True)
def _no_line_of_the_log_tells_of_anybody(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a test does: ids alone, and no secret."""
    caplog.set_level(logging.INFO, logger=logs.OURS)
    yield
    lines = [record.getMessage() for record in caplog.get_records("call") if record.name == logs.OURS]
    assert logged.private(lines) == []


@pytest.fixture(scope="session")
def amid_a_transaction() -> Iterator[list[str]]:
    with unheld.watch() as found:
        yield found


@pytest.fixture(autouse=True)
def _nothing_is_held_over_the_network(amid_a_transaction: list[str]) -> Iterator[None]:
    yield
    found = "\n".join(amid_a_transaction)
    amid_a_transaction.clear()
    assert found == ""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], playwright: Playwright) -> dict[str, Any]:
    """The machine's Chromium (or the one named by CHROMIUM), else Playwright's own download."""
    found = chromium.find(chromium.SHELL, *chromium.WHOLE) or playwright.chromium.executable_path
    if not Path(found).exists():
        pytest.skip("no Chromium here: install one, or name it in CHROMIUM")
    return {**browser_type_launch_args, "executable_path": found, "args": list(chromium.ARGS)}


def _config(url: str, storage: Path) -> Config:
    return Config(
        testing=True,
        secret_key="tests only, and no secret at all",
        public_url="http://localhost",
        database_url=url,
        storage_url=f"file://{storage}",
        allowed_networks=(ip_network("127.0.0.0/8"),),
        refusals_per_minute=0,  # one app serves thousands of tests, many of which try what is refused
    )


@contextmanager
def _once(name: str) -> Iterator[bool]:
    """Whether nobody in this run of the tests, of any worker, has been through here; they come one after the other."""
    home = Path(os.environ[CLUSTER_HOME])
    done = home / f"{name}.done"
    with (home / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not done.exists()
        done.touch()


def _migrate(url: str, storage: Path) -> None:
    """By the migrations themselves, as an operator would."""
    app = create_app(_config(url, storage))
    done = app.test_cli_runner().invoke(args=["db", "upgrade"])
    _dispose(app)
    if done.exception:
        raise done.exception


def _dispose(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()
