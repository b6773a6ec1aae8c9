"""python -m demo: run until Ctrl+C or SIGTERM. DEMO_DIR says where state is kept; --fresh forgets it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from demo.run import CannotStart, Demo


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m demo", description="Third Option inside a small LMS, on this machine."
    )
    parser.add_argument("--fresh", action="store_true", help="forget what was done last time")
    fresh: bool = parser.parse_args().fresh
    over = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        over.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    folder = Path(os.environ.get("DEMO_DIR", ".demo"))
    try:
        with Demo(folder, fresh=fresh, say=lambda line: print(line, flush=True)) as demo:
            print(f"\nOpen {demo.lms_url} in a browser. Ctrl+C stops.", flush=True)
            while not over.wait(1):
                if demo.tool_has_died():
                    raise CannotStart(f"The tool has stopped. Its log: {demo.folder / 'tool.log'}")
    except CannotStart as problem:
        sys.exit(f"{problem}")


if __name__ == "__main__":
    main()
