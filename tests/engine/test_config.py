"""Settings: whatever is missing or wrong is named, all at once, in words that say what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

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
        ("DATABASE_URL", "sqlite:////no/such/folder/file", "/no/such/folder is no folder"),
        ("STORAGE_URL", "ftp://host", "it starts with file://"),
        ("BROKER_URL", "localhost:6379", "an address such as redis://host:6379/0"),
        ("BROKER_URL", "redis://", "an address such as redis://host:6379/0"),
        ("BROKER_URL", "amqp://host:port", "an address such as redis://host:6379/0"),
        ("BROKER_URL", "kafka://host", "an address such as redis://host:6379/0"),
        ("WORKER_THREADS", "0", "it is a whole number, 1 or more."),
        ("TRUSTED_PROXIES", "one", NUMBER),
        ("TRUSTED_PROXIES", "-1", NUMBER),
        ("UPLOAD_MAX_BYTES", "200MB", NUMBER),
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


def test_a_folder_for_files_is_made_but_a_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    good = f"file://{tmp_path}/new/uploads"
    assert Config.from_env({**NEEDED, "STORAGE_URL": good}).storage_url == good
    with pytest.raises(ConfigError, match=r"STORAGE_URL is wrong: .*/file is no folder"):
        Config.from_env({**NEEDED, "STORAGE_URL": f"file://{tmp_path}/file/uploads"})
