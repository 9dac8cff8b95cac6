"""The app that the web servers are forked with: it has shown every page that is asked for before.

Importing this makes it, on a database of its own. Each process gives it the one it is to use.
"""

import os
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from flask.testing import FlaskClient

from tests.crash import town
from tests.crash.processes import KEY
from webapp import create_app, jobs, logs
from workflows import database


def _warmed(folder: str) -> Flask:
    logs.configure(StringIO())
    os.environ["RODTRAD_SECRET_KEY"] = KEY
    url = f"sqlite:///{Path(folder, 'warm.db')}"
    there = town.build(url, colleagues=1, cases=2, people=1)
    made = create_app(url)
    made.config["WTF_CSRF_ENABLED"] = False
    kari, eva = _client(made, there.workers[0]), _client(made, there.owner)
    kari.post(f"/personer/{there.people[0]}/start/{town.KEY}", data={"merke": "varm"})
    for task in town.TASK.findall(kari.get("/oppgaver/?vis=alle").text)[:1]:
        for more in ("/ta", "/utkast", "", ""):
            kari.post(task + more, data={"merke": "varm"})
    moved = eva.post(f"/forlop/{town.KEY}/flytt", data={"hvilke": "alle"})
    jobs.run_some(made.extensions["sessions"])
    eva.post(f"{moved.location}/angre")
    made.extensions["engine"].dispose()
    return made


def _client(app: Flask, account: tuple[str, int]) -> FlaskClient:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["account"], cookie["generation"] = account
    return client


def on(url: str) -> Flask:
    """The app on a database."""
    engine = database.connect(url)
    app.extensions["engine"] = engine
    app.extensions["sessions"] = database.sessions(engine)
    return app


with TemporaryDirectory() as its_own:
    app = _warmed(its_own)
