"""What the tests of ui/ share: a small app around it, and the same app served for a browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.ui.site import Site, make_app


@pytest.fixture
def app() -> Flask:
    return make_app()


@pytest.fixture
def site() -> Iterator[Site]:
    """The app on a free port, for a browser."""
    site = Site()
    server = make_server("127.0.0.1", 0, make_app(site), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    site.url = f"http://127.0.0.1:{server.port}"
    yield site
    server.shutdown()
    thread.join()
    server.server_close()
