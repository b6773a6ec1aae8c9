"""The blueprint that the hand-in page and its files share, with the store where those files lie."""

from __future__ import annotations

from contextlib import suppress

from click import ClickException
from flask import Blueprint, current_app, request
from flask.blueprints import BlueprintSetupState
from obstore.exceptions import BaseError
from obstore.store import ObjectStore
from werkzeug.exceptions import RequestEntityTooLarge

from engine.config import Config
from personalization.submission import media, storage

bp = Blueprint("submission", __name__, template_folder="templates")

bp.add_app_template_filter(media.size_words, "size_words")

STORE = "third_option_store"
TAKES_FILES = {"submission.save", "submission.add", "submission.remove"}
FORM_BYTES = 2 * 1024 * 1024  # the page's texts, beside its files


@bp.record_once
def _open_store(state: BlueprintSetupState) -> None:
    try:
        state.app.extensions[STORE] = storage.open_store(state.app.extensions["config"].storage_url)
    except BaseError as failed:  # such as for credentials that are not in the environment
        raise ClickException(f"STORAGE_URL cannot be opened: {str(failed).partition(chr(10))[0]}") from None


def store() -> ObjectStore:
    found: ObjectStore = current_app.extensions[STORE]
    return found


def most_bytes() -> int:
    """The size of the largest file that may come in."""
    config: Config = current_app.extensions["config"]
    return config.upload_max_bytes


@bp.url_value_preprocessor
def _let_files_in(endpoint: str | None, values: dict[str, object] | None) -> None:
    """Let a file that is somewhat too large come to where it is refused by name, and several of a usual size together;
    and let them arrive now, earlier than any before_request: a slow upload must not hold a transaction open.
    """
    if endpoint in TAKES_FILES:
        request.max_content_length = 2 * most_bytes() + FORM_BYTES
        with suppress(RequestEntityTooLarge):  # CSRF protection asks again, when it is known who may frame the refusal
            request.form  # noqa: B018  # reading it is what parses it
