"""Riverbend School as a web server, in a thread of this process."""

from __future__ import annotations

import socket
from threading import Thread

from werkzeug.serving import WSGIRequestHandler, make_server

from demo.lms import create_lms
from demo.school import LmsConfig, School


class LmsServer:
    """Answers on `listening` from when it is made; `stop` may come twice."""

    def __init__(self, listening: socket.socket, config: LmsConfig) -> None:
        app = create_lms(config)
        self.school: School = app.extensions["riverbend"]
        self._server = make_server(
            "127.0.0.1",
            listening.getsockname()[1],
            app,
            threaded=True,
            request_handler=Quiet,
            fd=listening.fileno(),
        )
        self._thread = Thread(target=self._server.serve_forever, name="riverbend")
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self.school.engine.dispose()


class Quiet(WSGIRequestHandler):
    """A line per request would bury the progress lines."""

    def log(self, type: str, message: str, *args: object) -> None:
        pass
