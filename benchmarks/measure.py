"""What all benchmarks share: servers of their own, what their processes cost, a table. Linux only: it reads /proc."""

from __future__ import annotations

import http.client
import os
import platform
import shlex
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.postgresql import Cluster

ROOT = Path(__file__).parents[1]
TICK = os.sysconf("SC_CLK_TCK")
# As a school runs it: what is committed is on the disk.
OPTIONS = ("listen_addresses=", "max_connections=100", "shared_buffers=256MB")
# As an operator starts it, for all that are compared. Who is paused while others have their turn is not hung, and finds
# the connections of its browsers as they were.
GUNICORN = ("--config=docs/deploy/gunicorn.conf.py", "--timeout=0", "--keep-alive=60", "--log-level=warning")


@dataclass(frozen=True)
class Process:
    """One line of /proc; `seconds` of CPU are its own and those of its children that ended."""

    pid: int
    parent: int
    seconds: float


def processes() -> list[Process]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it ended meanwhile
                continue
            found.append(Process(int(folder.name), int(words[1]), sum(map(int, words[11:15])) / TICK))
    return found


def family(root: int) -> list[Process]:
    """A process and all below it."""
    everyone, inside = processes(), {root}
    while more := {one.pid for one in everyone if one.parent in inside} - inside:
        inside |= more
    return [one for one in everyone if one.pid in inside]


def cpu_seconds(root: int) -> float:
    """CPU that a process and all below it used up to now, whichever of them ended meanwhile."""
    return sum(one.seconds for one in family(root))


def pss_bytes(root: int) -> int:
    """Memory of a process and all below it; what several share counts by its part in each."""
    total = 0
    for one in family(root):
        lines = Path(f"/proc/{one.pid}/smaps_rollup").read_text().splitlines()
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


class Postgresql:
    """A server for one benchmark, with the durability of the real thing."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.pid = cluster.pid

    def database(self, name: str) -> str:
        """An empty database; its address as DATABASE_URL takes it."""
        return self._cluster.create(name)

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.pid)


@contextmanager
def postgresql(*more: str) -> Iterator[Postgresql]:
    """`more` are settings of the server, such as "work_mem=16MB". Whoever ends the benchmark ends it too."""
    signal.signal(signal.SIGTERM, _leave)
    cluster = Cluster.in_new_folder()
    try:
        cluster.start((*OPTIONS, *more))
        yield Postgresql(cluster)
    finally:
        cluster.remove()


class Web:
    """gunicorn with one app; the same settings for all that are compared."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.pid, self.port, self._process, self._log = process.pid, port, process, log

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.pid)

    def said(self) -> str:
        """What it wrote to its log, for a person."""
        return self._log.read_text(errors="replace")

    def pause(self) -> None:
        """Not one instruction more: what it does by itself must not be counted while others have their turn."""
        os.killpg(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.killpg(self.pid, signal.SIGCONT)

    def stop(self) -> None:
        self.go_on()
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()


@contextmanager
def serve(
    environ: Mapping[str, str], *more: str, target: str = "", workers: int = 2, seconds: float = 60
) -> Iterator[Web]:
    """gunicorn on a free port of 127.0.0.1, ready to answer; `more` are its options.

    `target` is another app than ours, such as "benchmarks.floor:make()".

    Raises:
        RuntimeError: it does not come up within `seconds`; the message is what it said.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", *GUNICORN, f"--bind=127.0.0.1:{port}", f"--workers={workers}", *more]
    command += [target] if target else []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as ends:
        log = Path(folder) / "log"
        output = ends.enter_context(log.open("wb"))
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environ}, stdout=output, stderr=output, start_new_session=True
        )
        web = Web(process, port, log)
        ends.callback(web.stop)
        deadline = time.monotonic() + seconds
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{shlex.join(command)} does not come up:\n{web.said()}")
            time.sleep(0.05)
        yield web


def flask(*arguments: str, environ: Mapping[str, str]) -> str:
    """A command of the app in a process of its own, such as `flask("db", "upgrade", environ=…)`; what it printed."""
    command = [sys.executable, "-m", "flask", "--app", "app", *arguments]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{shlex.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


@dataclass
class Contestant:
    """One of those compared: `work` does one round and returns how many things it did; `cost` is CPU seconds so far of
    everything that took part, by name, such as {"web": …, "database": …}."""

    name: str
    work: Callable[[], int]
    cost: Callable[[], Mapping[str, float]]
    pause: Callable[[], None] = lambda: None
    go_on: Callable[[], None] = lambda: None
    rounds: list[dict[str, float]] = field(default_factory=list)

    def middle(self, part: str = "") -> float:
        """Milliseconds of CPU a thing, the median of the rounds; of one part of the cost, or of all."""
        return statistics.median(sum(one.values()) if not part else one[part] for one in self.rounds)

    def times(self, other: Contestant) -> float:
        """How many times what the other one costs: the median over pairs of rounds, which ran next to each other."""
        pairs = zip(self.rounds, other.rounds, strict=True)
        return statistics.median(sum(mine.values()) / sum(theirs.values()) for mine, theirs in pairs)


def side_by_side(contestants: Sequence[Contestant], rounds: int) -> None:
    """Let them run in turns, A B C A B C, so that whatever else the machine does favours none; others are paused."""
    for one in contestants:
        one.pause()
    for _round in range(rounds):
        for one in contestants:
            one.go_on()
            before = one.cost()
            done = one.work()
            after = one.cost()
            one.pause()
            one.rounds.append({part: 1000 * (after[part] - before[part]) / done for part in after})


def machine() -> str:
    """What it was measured on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    return f"{cores} cores of {model}, Python {platform.python_version()}, load {load:.1f}"


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print it, in Markdown, so that docs can take it as it is."""
    lines = [list(heads), *([str(cell) for cell in row] for row in rows)]
    wide = [max(len(line[n]) for line in lines) for n in range(len(heads))]
    for number, line in enumerate(lines):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, wide, strict=True)) + " |")
        if number == 0:
            print("| " + " | ".join("-" * width for width in wide) + " |")


def _leave(number: int, frame: object) -> None:
    """Clear away on the way out, as after Ctrl-C."""
    raise SystemExit(128 + number)


def _answers(port: int) -> bool:
    """Whether an app is loaded: gunicorn listens before."""
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        asked.request("GET", "/healthz")
        asked.getresponse().read()
    except OSError:
        return False
    finally:
        asked.close()
    return True
