"""python -m demo: run until Ctrl+C or SIGTERM. DEMO_DIR says where state is kept; --fresh forgets it.

DEMO_DATABASE_URL and DEMO_BROKER_URL, both or neither: run the tool as on many machines, on an empty database. They are
not named as the tool's own settings, lest a school's real database be found in some shell and played with.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from demo.run import Demo, Machines
from demo.tool_process import CannotStart


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo", description="Third Option in a small LMS, on this machine.")
    parser.add_argument("--fresh", action="store_true", help="forget what was done last time")
    fresh: bool = parser.parse_args().fresh
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    folder = Path(os.environ.get("DEMO_DIR", ".demo"))
    urls = Machines(os.environ.get("DEMO_DATABASE_URL", ""), os.environ.get("DEMO_BROKER_URL", ""))
    if any(urls) and not all(urls):
        sys.exit("DEMO_DATABASE_URL and DEMO_BROKER_URL belong together: set both, or neither.")
    machines = urls if all(urls) else None
    try:
        with Demo(folder, story=True, fresh=fresh, machines=machines, say=_say) as demo:
            print(f"\nOpen {demo.lms_url} in a browser. Ctrl+C stops.", flush=True)
            while not demo.tool_has_died():
                time.sleep(1)
            raise CannotStart(f"The tool has stopped. Its log: {demo.folder / 'tool.log'}")
    except CannotStart as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        print("Stopped.")


def _say(line: str) -> None:
    print(line, flush=True)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    """Once: a second Ctrl+C must not cut short the stopping of what was started."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
