"""The least that a launch could cost here: hello-world Flask, three requests, one RS256 verify, an INSERT, a SELECT.

gunicorn serves `make()`. DATABASE_URL is a PostgreSQL's, JWKS the keys that sign.
"""

from __future__ import annotations

import json
import os
import threading

import jwt
import psycopg
from flask import Flask, request
from sqlalchemy.engine import make_url


def make() -> Flask:
    app = Flask("floor")
    key = jwt.PyJWK(json.loads(os.environ["JWKS"])["keys"][0])
    address = make_url(os.environ["DATABASE_URL"])
    mine = threading.local()

    def connection() -> psycopg.Connection:
        if not hasattr(mine, "connection"):
            mine.connection = psycopg.connect(
                host=str(address.query["host"]), user=address.username, dbname=address.database
            )
        found: psycopg.Connection = mine.connection
        return found

    with connection() as first, first.transaction():
        first.execute("SELECT pg_advisory_xact_lock(1)")  # two workers come up at once
        first.execute("CREATE TABLE IF NOT EXISTS seen (nonce text PRIMARY KEY, at timestamptz DEFAULT now())")
    del mine.connection  # `with` closed it

    @app.post("/login")
    def login() -> str:
        return "Hello, World!"

    @app.get("/probe")
    def probe() -> str:
        return "Hello, World!"

    @app.post("/launch")
    def launch() -> str:
        said = jwt.decode(request.form["id_token"], key, algorithms=["RS256"], options={"verify_aud": False})
        database = connection()
        database.execute("INSERT INTO seen (nonce) VALUES (%s)", (said["nonce"],))
        database.execute("SELECT at FROM seen WHERE nonce = %s", (said["nonce"],)).fetchone()
        database.commit()
        return "Hello, World!"

    return app
