"""A throw-away PostgreSQL server for the tests, on a Unix socket: made by who needs it first, gone at the end."""

from __future__ import annotations

import fcntl
import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

SUPERUSER = "third_option"
ACCOUNT = "postgres"
# Nothing in here needs to outlive a power cut.
OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=", "max_connections=60")


class Cluster:
    """One server, shared by the processes of a test run that know its folder."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._data = home / "postgresql"

    @classmethod
    def in_new_folder(cls) -> Cluster:
        """Nothing runs yet. The folder is short, since a socket's path may have only some hundred characters."""
        home = Path(tempfile.mkdtemp(prefix="third-option-"))
        home.chmod(0o711)  # the account that runs the server walks through
        return cls(home)

    @property
    def home(self) -> Path:
        return self._home

    def url(self, database: str) -> str:
        """The address of an existing database, as DATABASE_URL takes it."""
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={self._data}"

    @property
    def pid(self) -> int:
        """The process above all others of the server that runs."""
        return int((self._data / "postmaster.pid").read_text().splitlines()[0])

    def start(self, settings: Sequence[str] = OPTIONS) -> None:
        """Once, whichever process asks first; the others wait for it.

        Raises:
            RuntimeError: it does not start; the message is the server's own.
        """
        with self._alone():
            if (self._data / "postmaster.pid").exists():
                return
            self._data.mkdir(mode=0o700)
            if (account := _account()) is not None:
                shutil.chown(self._data, account, account)
            self._run(
                "initdb", "--auth=trust", "--no-locale", "--encoding=UTF8", "--no-sync", f"--username={SUPERUSER}"
            )
            options = shlex.join(f"--{option}" for option in (*settings, f"unix_socket_directories={self._data}"))
            self._run("pg_ctl", "start", "--wait", f"--log={self._data}/log", f"--options={options}")

    def restart(self) -> None:
        """As after a crash: whoever is connected is thrown out, and what they had not committed is gone."""
        self._run("pg_ctl", "restart", "--wait", "--mode=immediate", f"--log={self._data}/log")

    def create(self, database: str, like: str = "template1") -> str:
        """Make a database, empty or a copy of one that nobody is connected to, and return its address."""
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(database), sql.Identifier(like))
        with psycopg.connect(host=str(self._data), user=SUPERUSER, dbname="postgres", autocommit=True) as connection:
            connection.execute(made)
        return self.url(database)

    def remove(self) -> None:
        """Stop the server, if anyone started it, and remove every trace."""
        if (self._data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "--mode=immediate")
        shutil.rmtree(self._home)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _run(self, program: str, *arguments: str) -> None:
        folder = _programs()
        if folder is None:
            raise RuntimeError("PostgreSQL is not installed (no initdb found)")
        account = _account()
        # pg_ctl leaves a server behind that would hold a pipe open for ever, hence a file.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [folder / program, *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._data,
                env={**os.environ, "PGDATA": str(self._data)},
                user=account,
                group=account,
                extra_groups=None if account is None else [],
                check=False,
            )
            if done.returncode:
                output.seek(0)
                raise RuntimeError(f"{program} failed:\n{output.read().decode(errors='replace')}")


def obstacle() -> str | None:
    """Why no server can run on this machine, in a sentence; None if one can."""
    if _programs() is None:
        return "PostgreSQL is not installed (no initdb found)"
    if os.geteuid() == 0 and not _exists(ACCOUNT):
        return f"PostgreSQL does not run as root, and there is no account named {ACCOUNT}"
    return None


def _programs() -> Path | None:
    """The folder of the newest initdb and pg_ctl: Debian keeps them off PATH, a folder per version."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(versions, key=lambda initdb: float(initdb.parts[-3]), default=None)
    found = newest or shutil.which("initdb")
    return Path(found).parent if found else None


def _account() -> str | None:
    """Whom the server runs as: PostgreSQL refuses root, so there its own account; None means ourselves."""
    return ACCOUNT if os.geteuid() == 0 else None


def _exists(account: str) -> bool:
    return any(entry.pw_name == account for entry in pwd.getpwall())
