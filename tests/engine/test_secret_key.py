"""A new SECRET_KEY with the old one among its fallbacks: who is signed in stays so, what is under way arrives."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.cast import Cast, browser_of

pytestmark = pytest.mark.one_database

OLD, NEW = "tests only, and no secret at all", "another secret, just as long"


@pytest.mark.parametrize(("fallbacks", "status"), [((OLD,), 200), ((), 401)])
def test_a_sign_in_outlives_the_secret_key_it_was_made_under(
    app: Flask, cast: Cast, make_app: Callable[..., Flask], fallbacks: tuple[str, ...], status: int
) -> None:
    old = browser_of(app, cast.teacher)
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = old.get_cookie(name)
    assert cookie is not None
    new = make_app(secret_key=NEW, secret_key_fallbacks=fallbacks).test_client()
    new.set_cookie(name, cookie.value)
    assert new.get(f"/courses/{cast.course_id}/queue").status_code == status
