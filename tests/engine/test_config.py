"""Settings: whatever is missing or wrong is named, all at once, in words that say what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click import ClickException
from flask import Flask

from engine.config import Config, ConfigError

NEEDED = {"SECRET_KEY": "0123456789abcdef", "PUBLIC_URL": "https://third-option.example.edu"}
NUMBER = "it is a whole number, 0 or more."


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("SECRET_KEY", "", "SECRET_KEY is missing"),
        ("SECRET_KEY", "short", "at least 16 characters"),
        ("PUBLIC_URL", "", "PUBLIC_URL is missing"),
        ("PUBLIC_URL", "http://tool.example.edu", "http works on loopback only"),
        ("PUBLIC_URL", "https://tool.example.edu/lti", "scheme and host only"),
        ("PUBLIC_URL", "https://tool.example.edu:99999", "scheme and host only"),
        ("PUBLIC_URL", "https://me:secret@tool.example.edu", "scheme and host only"),
        ("DATABASE_URL", "mysql://host/name", "it starts with sqlite: or postgresql:"),
        ("DATABASE_URL", "postgresql://user@host:port/name", "no address such as postgresql://"),
        ("DATABASE_URL", "postgresql://user@host/name?prepare_threshold=none", "prepare_threshold in it is a number"),
        (
            "DATABASE_URL",
            "postgresql://user@host/name?prepare_threshold=5&prepare_threshold=6",
            "is a number, such as 5",
        ),
        ("DATABASE_URL", "postgresql://user@host/name?bogus=1", 'invalid connection option "bogus"'),
        ("DATABASE_URL", "postgresql://user@host/name?connect_timeout=soon", "a number of seconds, such as 5"),
        ("DATABASE_URL", "postgresql://user@host/name?port=some", "no address such as postgresql://"),
        ("DATABASE_URL", "postgresql://user@host:99999/name", "its port is a number from 1 to 65535"),
        ("DATABASE_URL", "sqlite:///file?timeout=soon", "no address such as postgresql://"),
        ("DATABASE_URL", "sqlite:///file?bogus=1", "bogus is no option of SQLite"),
        ("DATABASE_URL", "sqlite:////no/such/folder/file", "/no/such/folder is no folder"),
        ("STORAGE_URL", "ftp://host", "it starts with file://"),
        ("STORAGE_URL", "s3://", "it names what files go to, such as s3://bucket"),
        ("STORAGE_URL", "az:///folder", "it names what files go to, such as az://bucket"),
        ("BROKER_URL", "redis://host/first", "the number of a Redis database, such as /0"),
        ("BROKER_URL", "rediss://host/0?ssl_cert_reqs=perhaps", "leave out its options"),
        ("BROKER_URL", "localhost:6379", "an address such as redis://host:6379/0"),
        ("BROKER_URL", "redis://", "an address such as redis://host:6379/0"),
        ("BROKER_URL", "amqp://host:port", "an address such as redis://host:6379/0"),
        ("BROKER_URL", "kafka://host", "an address such as redis://host:6379/0"),
        ("WORKER_THREADS", "0", "it is a whole number, 1 or more."),
        ("TRUSTED_PROXIES", "one", NUMBER),
        ("TRUSTED_PROXIES", "-1", NUMBER),
        ("UPLOAD_MAX_BYTES", "200MB", NUMBER),
        ("RETENTION_DAYS", "-1", NUMBER),
        ("RETENTION_DAYS", "36501", "it is a number of days, 36500 at most"),
        ("ALLOWED_NETWORKS", "10.0.0.0/99", "10.0.0.0/99"),
        ("FRAME_ANCESTORS", "lms.example.edu", "no origin such as https://lms.example.edu"),
    ],
)
def test_a_setting_that_is_missing_or_wrong_is_named_with_what_it_should_be(name: str, text: str, why: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Config.from_env({**NEEDED, name: text})
    [problem] = refused.value.problems
    assert problem.startswith(f"{name} is ")
    assert why in problem


def test_all_problems_are_named_at_once_and_no_secret_is_among_the_words() -> None:
    with pytest.raises(ConfigError) as refused:
        Config.from_env({"SECRET_KEY": "tell nobody", "DATABASE_URL": "postgresql://me:hush@host:port/name"})
    assert [problem.split()[0] for problem in refused.value.problems] == ["SECRET_KEY", "PUBLIC_URL", "DATABASE_URL"]
    assert "tell nobody" not in str(refused.value)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DATABASE_URL", "postgresql://me:hu@sh@host/name"),
        ("DATABASE_URL", "postgresql://me:hush@host/name?bogus=1"),
        ("DATABASE_URL", "postgresql://me:hush@host/name?port=x"),
        ("BROKER_URL", "redis://:hu\N{CARE OF}sh@host/0"),
        ("BROKER_URL", "redis://[hush]@host/0"),
        ("BROKER_URL", "amqp://me:hu/sh@host"),
        ("BROKER_URL", "redis://:hush@host/0?bogus=1"),
        ("STORAGE_URL", "s3://[hush]@bucket"),
    ],
)
def test_no_piece_of_a_password_is_in_what_the_operator_is_told(name: str, text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Config.from_env({**NEEDED, name: text})
    assert [problem.split()[0] for problem in refused.value.problems] == [name]
    assert not {"hu", "sh", "hush"} & set(re.findall(r"[a-z]+", str(refused.value)))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DATABASE_URL", "postgresql+psycopg://me:hu%40sh@host/name?prepare_threshold=5&sslmode=require"),
        ("DATABASE_URL", "postgresql+psycopg:///name?host=/run/postgresql&connect_timeout=3"),
        ("DATABASE_URL", "postgresql+psycopg://me@/name?host=one:5433&host=two:5434"),
        ("DATABASE_URL", "sqlite:///file?timeout=30"),
        ("BROKER_URL", "redis://:hu%40sh@host:6379/1"),
        ("BROKER_URL", "rediss://host"),
        ("BROKER_URL", "amqps://me:hush@host/virtual"),
        ("STORAGE_URL", "s3://bucket/folder"),
    ],
)
def test_what_an_operator_may_well_say_is_taken(name: str, text: str) -> None:
    assert getattr(Config.from_env({**NEEDED, name: text}), name.lower()) == text


def test_a_store_that_cannot_be_opened_is_named_and_nothing_else(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", "/no/such/file")
    with pytest.raises(ClickException, match=r"\ASTORAGE_URL cannot be opened: [^\n]+\Z"):
        make_app(storage_url="gs://bucket")


def test_a_folder_for_files_is_made_but_a_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    good = f"file://{tmp_path}/new/uploads"
    assert Config.from_env({**NEEDED, "STORAGE_URL": good}).storage_url == good
    with pytest.raises(ConfigError, match=r"STORAGE_URL is wrong: .*/file is no folder"):
        Config.from_env({**NEEDED, "STORAGE_URL": f"file://{tmp_path}/file/uploads"})
