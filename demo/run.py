"""The whole demo: the tool as its own process, Riverbend School beside it, the two introduced to each other.

Started by `python -m demo`, and by the browser tests.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.clock import write_offset
from demo.introduction import introduce
from demo.lms_server import LmsServer
from demo.school import LmsConfig, School
from demo.store import Activity, Course
from demo.story import COURSE, Broken, play
from demo.tool_process import CannotStart, Process, ToolProcess, run_flask, workers

TOOL_PORT, LMS_PORT = 8321, 8421


class Machines(NamedTuple):
    """What several machines share: a database and a broker, as DATABASE_URL and BROKER_URL take them."""

    database_url: str
    broker_url: str


class Demo:
    """Both servers, from `start` to `stop`; also a context manager.

    State lies in `folder`, a subfolder of the given one named after the two ports: URLs are part of a registration, so
    another pair of ports is another school. With `story`, Biology 9B has a life behind it at the first start there.
    `page_size` is that of LmsConfig, `ports` are the first to be tried (tool, LMS). `say` gets a line per step done.

    To a browser localhost and `lms_host` 127.0.0.1 are different sites, as tool and LMS mostly are in life. With
    `certificate`, a PEM file that holds the key too, the tool speaks https; REQUESTS_CA_BUNDLE must name it then.

    With `machines`, the addresses of a database and of a broker that others keep running, the tool is run as on many
    machines: its web server moves nothing, two workers and a beat do. `fresh` empties no such database.

    `broken_story` is why the story broke off, "" where it did not; the rest of the demo works all the same.
    """

    def __init__(
        self,
        folder: Path,
        *,
        register: bool = True,
        story: bool = False,
        fresh: bool = False,
        page_size: int = 10,
        ports: tuple[int, int] = (TOOL_PORT, LMS_PORT),
        lms_host: str = "localhost",
        certificate: Path | None = None,
        machines: Machines | None = None,
        say: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self._root = folder
        self._register = register
        self._story = story
        self._fresh = fresh
        self._page_size = page_size
        self._ports = ports
        self._lms_host = lms_host
        self._certificate = certificate
        self._machines = machines
        self._say = say
        self._step = 0
        self._steps = 4 + register + story
        self.broken_story = ""
        self._tool: ToolProcess | None = None
        self._workers: list[Process] = []
        self._lms: LmsServer | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Bring both up and register them.

        Raises:
            CannotStart: a step failed.
        """
        with _listen(self._ports[0]) as for_tool, _listen(self._ports[1]) as for_lms:
            tool_port, lms_port = for_tool.getsockname()[1], for_lms.getsockname()[1]
            self.tool_url = f"{'https' if self._certificate else 'http'}://localhost:{tool_port}"
            self.lms_url = f"http://{self._lms_host}:{lms_port}"
            self._prepare_folder(f"{tool_port}-{lms_port}")
            self._done(f"State lies in {self.folder}")
            self.run_flask("db", "upgrade")
            self._done("Database ready")
            self._lms = LmsServer(for_lms, self._lms_config())
            self._done(f"Riverbend School listens at {self.lms_url}")
            self._tool = ToolProcess(for_tool, self.environment(), self.folder / "tool.log", self._certificate)
            self._workers = workers(self.environment(), self.folder) if self._machines else []
        self._tool.await_answer(self.tool_url)
        self._done(f"Third Option listens at {self.tool_url}")
        if self._register:
            introduce(self.school, self.lms_url, self.run_flask, self._certificate)
            self._done("Third Option is registered with both of the school’s platforms")
        if self._story:
            self._done(self.live())

    def stop(self) -> None:
        """Stop what was started; twice is harmless."""
        for process in self._processes():
            process.ask_to_stop()
        for process in self._processes():
            process.stop()
        self._tool, self._workers = None, []
        self.stop_lms()

    def stop_lms(self) -> None:
        """Take the school off the net; the tool stays up and meets nobody there."""
        if self._lms is not None:
            self._lms.stop()

    def kill_tool(self) -> None:
        """As a power cut would: all its processes at once, with no time to tidy up."""
        for process in self._processes():
            process.kill()

    def set_clock(self, seconds: float) -> None:
        """Move the tool's time that far from real time; 0 is real time."""
        write_offset(self.clock_file, timedelta(seconds=seconds))

    def live(self) -> str:
        """Give Biology 9B its life, unless it has one; what there is to say about it."""
        with Session(self.school.engine) as session:
            if session.scalar(select(Activity.id).join(Activity.course).where(Course.title == COURSE).limit(1)):
                return f"{COURSE} is as it was left; --fresh begins its life anew"
        self._say(f"    {COURSE} lives through two weeks; that takes a while …")
        try:
            return play(self.lms_url, lambda offset: write_offset(self.clock_file, offset))
        except Broken as broken:
            self.broken_story = str(broken)
            return f"{COURSE} stopped in the middle of its life, all else works: {broken}"

    def tool_has_died(self) -> bool:
        return any(process.has_died() for process in self._processes())

    @property
    def school(self) -> School:
        if self._lms is None:
            raise RuntimeError("the school was not started")
        return self._lms.school

    def _processes(self) -> list[Process]:
        return [*([self._tool] if self._tool else []), *self._workers]

    def _done(self, line: str) -> None:
        self._step += 1
        self._say(f"{self._step}/{self._steps} {line}")

    def _prepare_folder(self, name: str) -> None:
        self.folder = (self._root / name).resolve()
        if self._fresh and self.folder.exists():
            shutil.rmtree(self.folder)
        (self.folder / "uploads").mkdir(parents=True, exist_ok=True)
        self.clock_file = self.folder / "clock"
        self.clock_file.touch()
        kept = self.folder / "secrets.json"
        if not kept.exists():
            kept.touch(mode=0o600)
            kept.write_text(json.dumps({"tool": secrets.token_hex(32), "lms": secrets.token_hex(32)}))
        self._secrets: dict[str, str] = json.loads(kept.read_text())

    def environment(self) -> dict[str, str]:
        """The tool's settings, on top of this process's own environment."""
        machines = self._machines or Machines(f"sqlite:///{self.folder / 'third-option.sqlite3'}", "")
        return os.environ | {
            "SECRET_KEY": self._secrets["tool"],
            "PUBLIC_URL": self.tool_url,
            "DATABASE_URL": machines.database_url,
            "BROKER_URL": machines.broker_url,
            "STORAGE_URL": f"file://{self.folder / 'uploads'}",
            "ALLOWED_NETWORKS": "127.0.0.0/8,::1/128",
            "CLOCK_FILE": str(self.clock_file),
            "PYTHONUNBUFFERED": "1",
        }

    def run_flask(self, *words: str) -> str:
        """A command of the tool's, on this demo's database: what it printed."""
        return run_flask(self.environment(), *words)

    def _lms_config(self) -> LmsConfig:
        return LmsConfig(
            folder=self.folder,
            base_url=self.lms_url,
            secret_key=self._secrets["lms"],
            page_size=self._page_size,
            clock_file=self.clock_file,
        )


def _listen(first_port: int) -> socket.socket:
    """A socket on the first free port from there on. A port that something answers on by ::1 is not free either."""
    for port in range(first_port, first_port + 100):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", port))
            listening.listen(128)
        except OSError:
            listening.close()
            continue
        return listening
    raise CannotStart(f"No port is free from {first_port} on.")
