"""An app on a real port, for a while."""

from __future__ import annotations

from threading import Thread
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        pass


class Server:
    """An app on a free port of its own, until `stop`."""

    def __init__(self, make: Any) -> None:
        self._server: BaseWSGIServer = make_server("127.0.0.1", 0, self._late, threaded=True, request_handler=Quiet)
        self.url = f"http://localhost:{self._server.server_port}"
        self._app = make(self.url)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def _late(self, environ: Any, start_response: Any) -> Any:
        """The app needs to know its port, which is known only when the server is there."""
        return self._app(environ, start_response)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
