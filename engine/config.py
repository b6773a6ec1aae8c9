"""Every setting, read once from the environment and frozen. Nothing else in the house reads the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from engine import addresses
from engine.addresses import has_possible_port
from engine.mail import Server, address_of

Network = IPv4Network | IPv6Network
LOOPBACK_NAMES = {"localhost", "127.0.0.1", "::1"}
MOST_DAYS = 36_500  # a hundred years; calendars end


class ConfigError(Exception):
    """One or more settings are missing or wrong; `problems` names each with what to do."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("Third Option cannot start:\n" + "\n".join(f"  - {p}" for p in problems))


@dataclass(frozen=True, kw_only=True)
class Config:
    """What an operator may decide. `.env.example` lists the same names with the same defaults.

    `public_url` is the address people's browsers reach, without a trailing slash. `allowed_networks` are the networks
    that outgoing calls may reach beyond public addresses. `worker_listen` is (address, port). Sizes are bytes.
    """

    secret_key: str = field(repr=False)
    public_url: str
    database_url: str = field(default="sqlite:///third-option.sqlite3", repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(default=(), repr=False)
    broker_url: str = field(default="", repr=False)
    worker_threads: int = 4
    storage_url: str = "file://./uploads"
    allowed_networks: tuple[Network, ...] = ()
    frame_ancestors: tuple[str, ...] = ()
    trusted_proxies: int = 0
    metrics_token: str = field(default="", repr=False)
    worker_listen: tuple[str, int] | None = None
    refusals_per_minute: int = 120
    smtp_url: str = field(default="", repr=False)
    mail_from: str = ""
    mail_reply_to: str = ""
    clock_file: Path | None = None
    upload_max_bytes: int = 200 * 1024 * 1024
    retention_days: int = 0
    testing: bool = False

    @property
    def secure(self) -> bool:
        """Behind https, hence Secure, SameSite=None and Partitioned cookies."""
        return self.public_url.startswith("https://")

    def cookie_name(self, name: str) -> str:
        """What a cookie is called that nobody but this host may set; it is for all paths, and for no other host.

        Over https browsers hold "__Host-" to that. Else a server beside ours under one domain, such as that of the
        school's own home pages, could plant a sign-in or a login here.
        """
        return f"__Host-{name}" if self.secure else name

    @property
    def loopback(self) -> bool:
        return urlsplit(self.public_url).hostname in LOOPBACK_NAMES

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read and check all settings at once.

        Raises:
            ConfigError: naming every missing or wrong setting, not only the first.
        """
        reader = _Reader(environ)
        values = {
            "secret_key": reader.get("SECRET_KEY", _secret, required=True),
            "public_url": reader.get("PUBLIC_URL", _public_url, required=True),
            "database_url": reader.get("DATABASE_URL", addresses.database),
            "secret_key_fallbacks": reader.get("SECRET_KEY_FALLBACKS", _words),
            "broker_url": reader.get("BROKER_URL", addresses.broker),
            "worker_threads": reader.get("WORKER_THREADS", _one_or_more),
            "storage_url": reader.get("STORAGE_URL", addresses.storage),
            "allowed_networks": reader.get("ALLOWED_NETWORKS", _networks),
            "frame_ancestors": reader.get("FRAME_ANCESTORS", _origins),
            "trusted_proxies": reader.get("TRUSTED_PROXIES", _count),
            "metrics_token": reader.get("METRICS_TOKEN", str),
            "worker_listen": reader.get("WORKER_LISTEN", _host_and_port),
            "refusals_per_minute": reader.get("REFUSALS_PER_MINUTE", _count),
            "smtp_url": reader.get("SMTP_URL", _smtp_url),
            "mail_from": reader.get("MAIL_FROM", _mail_address),
            "mail_reply_to": reader.get("MAIL_REPLY_TO", _mail_address),
            "clock_file": reader.get("CLOCK_FILE", Path),
            "upload_max_bytes": reader.get("UPLOAD_MAX_BYTES", _count),
            "retention_days": reader.get("RETENTION_DAYS", _days),
        }
        if environ.get("SMTP_URL", "").strip() and not environ.get("MAIL_FROM", "").strip():
            reader.problems.append("MAIL_FROM is missing: with SMTP_URL, say which address mail comes from.")
        if reader.problems:
            raise ConfigError(reader.problems)
        config = cls(**{name: value for name, value in values.items() if value is not None})  # type: ignore[arg-type]
        if config.clock_file and not config.loopback:
            raise ConfigError(
                ["CLOCK_FILE moves the clock and is for demos: it is refused unless PUBLIC_URL is loopback."]
            )
        return config


class _Reader:
    """Collects the problems, so that an operator mends all of them in one go."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def get(self, name: str, parse: Callable[[str], object], *, required: bool = False) -> object | None:
        text = self._environ.get(name, "").strip()
        if not text:
            if required:
                self.problems.append(f"{name} is missing. See .env.example.")
            return None
        try:
            return parse(text)
        except ValueError as wrong:
            self.problems.append(f"{name} is wrong: {wrong}")
            return None


def _secret(text: str) -> str:
    if len(text) < 16:
        raise ValueError("it needs at least 16 characters; `openssl rand -hex 32` makes a good one.")
    return text


def _public_url(text: str) -> str:
    parts = urlsplit(text)
    more = parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None
    if parts.scheme not in {"http", "https"} or not parts.hostname or more or not has_possible_port(parts):
        raise ValueError("give scheme and host only, for example https://third-option.example.edu")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_NAMES:
        raise ValueError("http works on loopback only, since browsers drop the session elsewhere; use https.")
    return f"{parts.scheme}://{parts.netloc}"


def _host_and_port(text: str) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname or not has_possible_port(parts) or parts.port is None or parts.netloc != text:
        raise ValueError("it is an address and a port, such as 127.0.0.1:9108")
    return parts.hostname, parts.port


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(word, strict=False) for word in _words(text))


def _origins(text: str) -> tuple[str, ...]:
    for word in _words(text):
        parts = urlsplit(word)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path or ";" in word or "'" in word:
            raise ValueError(f"{word} is no origin such as https://lms.example.edu")
    return _words(text)


def _smtp_url(text: str) -> str:
    Server.from_url(text)
    return text


def _mail_address(text: str) -> str:
    address_of(text)
    return text


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError("it is a whole number, 0 or more.")
    return int(text)


def _days(text: str) -> int:
    if _count(text) > MOST_DAYS:
        raise ValueError(f"it is a number of days, {MOST_DAYS} at most.")
    return int(text)


def _one_or_more(text: str) -> int:
    if not _count(text):
        raise ValueError("it is a whole number, 1 or more.")
    return int(text)
