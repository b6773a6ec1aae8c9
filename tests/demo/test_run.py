"""The demo without its story: both servers start, meet, keep what they have, and stop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.run import Demo, _listen
from demo.store import Tool
from demo.tool_process import CannotStart

PORTS = (18321, 18421)  # far from where other tests' demos look first


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Demo, list[str]]]:
    said: list[str] = []
    with Demo(tmp_path_factory.mktemp("demo"), ports=PORTS, say=said.append) as demo:
        yield demo, said


def _clients(demo: Demo) -> dict[str, str]:
    with Session(demo.school.engine) as session:
        return {tool.manner: tool.client_id for tool in session.scalars(select(Tool))}


def test_both_are_up_and_introduced(running: tuple[Demo, list[str]]) -> None:
    demo, said = running
    assert requests.get(demo.lms_url, timeout=5).ok
    assert requests.get(f"{demo.tool_url}/lti/jwks", timeout=5).json()["keys"]
    assert set(_clients(demo)) == {"canvas", "moodle"}
    assert [line.split()[0] for line in said] == ["1/5", "2/5", "3/5", "4/5", "5/5"]


def test_the_clock_is_the_tool_s(running: tuple[Demo, list[str]]) -> None:
    demo, _ = running
    demo.set_clock(3600)
    assert demo.environment()["CLOCK_FILE"] == str(demo.clock_file)
    assert demo.clock_file.read_text() == "+3600\n"
    demo.set_clock(0)
    assert demo.clock_file.read_text() == ""


def test_a_taken_port_moves_on() -> None:
    with _listen(8700) as first, _listen(first.getsockname()[1]) as second:
        assert second.getsockname()[1] > first.getsockname()[1]


def test_a_command_that_fails_says_what_it_printed(running: tuple[Demo, list[str]]) -> None:
    with pytest.raises(CannotStart, match="No such command 'nonsense'"):
        running[0].run_flask("nonsense")


def test_a_second_start_in_the_same_folder_registers_nothing_anew(running: tuple[Demo, list[str]]) -> None:
    first = running[0]
    clients = _clients(first)
    first.stop()
    with Demo(first.folder.parent, ports=PORTS) as demo:
        assert demo.folder == first.folder, "the ports are free again as soon as the first one has stopped"
        assert _clients(demo) == clients
