"""Those who use the system while it is killed: each keeps a ledger of what it sent and was told.

Everything sent carries a mark of its own. Who gets no answer about a task sends it again; who gets
none about anything else leaves it: it may be done once or not at all.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from threading import Event
from urllib.parse import urlencode
from uuid import UUID

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from tests.crash import town
from tests.crash.processes import KEY
from tests.crash.town import Citizen, Town

DONE, REFUSED, UNKNOWN = "done", "refused", "unknown"
KINDS = (*[""] * 8, town.HALTING, town.FAILING)
PATIENCE = 30
"""Seconds after which somebody gives up."""
AGAIN = 0.1
"""Seconds before something is sent again."""


@dataclass
class Ledger:
    """Mark → what became of it, as far as the client was told; and every answer by its status."""

    marks: dict[str, str] = field(default_factory=dict)
    withdrawn: dict[str, str] = field(default_factory=dict)
    """Consent → what became of its withdrawal."""
    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = 0
    """Requests without any answer."""


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 when the connection broke."""

    status: int
    text: str = ""
    location: str = ""

    @property
    def what(self) -> str:
        """What it means for the mark that was sent."""
        if self.status == 303:
            return DONE
        return REFUSED if 400 <= self.status < 500 else UNKNOWN


def signed_in(account: tuple[str, int]) -> str:
    """The cookie of someone who is logged in."""
    app = Flask("crash")
    app.secret_key = KEY
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    return "rodtrad=" + signer.dumps({"account": account[0], "generation": account[1]})


class Client:
    """One person's browser."""

    def __init__(self, name: str, account: tuple[str, int], ports: Sequence[int]) -> None:
        self.name = name
        self.ledger = Ledger()
        self.ports = ports
        self._cookie = signed_in(account)
        self._chance = random.Random(name)  # noqa: S311 - the same each time
        self._sent = 0

    def mark(self, kind: str = "m") -> str:
        """A mark that nobody has used."""
        self._sent += 1
        return f"{kind}-{self.name}-{self._sent}"

    def failing_mark(self, kind: str, ms: int = 200) -> str:
        """A mark whose operation fails until so many ms have passed."""
        self._sent += 1
        return f"{kind}-{int(time.time() * 1000) + ms}-{self.name}-{self._sent}"

    def ask(self, path: str, form: Mapping[str, str] | None = None) -> Answer:
        """One request, counted in the ledger."""
        headers = {"Cookie": self._cookie, "Content-Type": "application/x-www-form-urlencoded"}
        return self._request(path, None if form is None else urlencode(form), headers)

    def _request(self, path: str, body: str | None, headers: Mapping[str, str]) -> Answer:
        connection = HTTPConnection("127.0.0.1", self._chance.choice(self.ports), timeout=30)
        try:
            connection.request("GET" if body is None else "POST", path, body, headers)
            got = connection.getresponse()
            text = got.read().decode()
        except (OSError, HTTPException):
            self.ledger.lost += 1
            time.sleep(AGAIN)
            return Answer(0)
        finally:
            connection.close()
        self.ledger.statuses[got.status] += 1
        if got.status == 503:
            time.sleep(AGAIN)
        return Answer(got.status, text, got.headers.get("Location", ""))

    def insist(self, path: str, form: Mapping[str, str] | None = None) -> Answer:
        """Ask until there is an answer."""
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self.ask(path, form)
            if answer.status not in (0, 503) or time.monotonic() > deadline:
                return answer

    def complete(self, task: str, mark: str, **more: str) -> str:
        """Send a task in, again if need be."""
        what = self.ledger.marks[mark] = self._surely(task, {"merke": mark, **more})
        return what

    def _surely(self, path: str, form: Mapping[str, str]) -> str:
        """What became of something that is sent again if need be. Only a sure answer is one."""
        answer = self.ask(path, form)
        unsure = answer.what == UNKNOWN
        if unsure:
            answer = self.insist(path, form)
        # Refused at the second try it may well have been done by the first.
        return UNKNOWN if unsure and answer.what == REFUSED else answer.what

    def answer(self, kind: str) -> str:
        """Consent once more, by the task that always waits for that."""
        mark = self.mark(kind)
        for task in town.TASK.findall(self.insist("/oppgaver/").text)[:1]:
            return self.complete(task, mark, svar="alle", deles_ikke=mark)
        return UNKNOWN

    def withdraw(self, person: UUID) -> None:
        """Withdraw whatever the person's page says is in force."""
        page = self.insist(f"/personer/{person}").text
        for consent in dict.fromkeys(town.WITHDRAW.findall(page)):
            self.ledger.withdrawn[consent] = self._surely(f"/samtykker/{consent}/trekk", {})

    def once(self, path: str, mark: str) -> Answer:
        """Send something that is not sent again."""
        answer = self.ask(path, {"merke": mark})
        self.ledger.marks[mark] = answer.what
        return answer

    def order(self, token: str, path: str, mark: str = "") -> Answer:
        """One request of another system; with a mark it completes a task and has its name."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        if not mark:
            return self._request(path, None, headers)
        body = json.dumps({"answers": {"merke": mark}})
        return self._request(path, body, {**headers, "Idempotency-Key": mark})

    def tasks(self, person: UUID | None = None) -> list[str]:
        """The addresses of open tasks in the list."""
        chosen = f"&person={person}" if person else ""
        view = self._chance.choice(("mine", "tjeneste", "alle")) if person is None else "alle"
        answer = self.ask(f"/oppgaver/?vis={view}{chosen}")
        return sorted(set(town.TASK.findall(answer.text)))


def work(client: Client, there: Town, stop: Event) -> None:
    """An employee's day: take a task, do it, report, start something new."""
    chance = client._chance
    people = list(there.people)
    while not stop.is_set():
        luck = chance.random()
        if luck < 0.03 and people:
            person = people.pop(chance.randrange(len(people)))
            client.once(f"/personer/{person}/start/{town.KEY}", client.mark("start"))
        elif luck < 0.08:
            case = chance.choice(there.cases)
            client.once(f"/forlop-i-gang/{case}/meld/meldt/", client.mark("melding"))
        else:
            _do_tasks(client, stop)


def _do_tasks(client: Client, stop: Event) -> None:
    chance = client._chance
    found = client.tasks()
    for task in chance.sample(found, min(3, len(found))):
        if stop.is_set():
            return
        if chance.random() < 0.3:
            client.ask(f"{task}/ta", {})
        if chance.random() < 0.1:
            client.ask(f"{task}/utkast", {"merke": client.mark("utkast")})
        kind = chance.choice(KINDS)
        client.complete(task, client.failing_mark(kind) if kind else client.mark())


def work_as_system(client: Client, there: Town, stop: Event) -> None:
    """Another system's day: tasks by the API, each request sent until there is an answer.

    It names itself, so what is answered in the end is true, whatever became of the first try.
    """
    while not stop.is_set():
        listed = client.order(there.token, "/api/v1/tasks?limit=20")
        if listed.status != 200:
            continue
        found = [each["id"] for each in json.loads(listed.text)["tasks"]]
        for task in client._chance.sample(found, min(2, len(found))):
            mark = client.mark("api")
            for _try in range(300):
                answer = client.order(there.token, f"/api/v1/tasks/{task}/complete", mark)
                if answer.status not in (0, 503):
                    break
            client.ledger.marks[mark] = DONE if answer.status == 200 else answer.what


def consent(client: Client, citizen: Citizen, stop: Event) -> None:
    """A person's days: say yes, change one's mind, or let the consent run out."""
    while not stop.is_set():
        client.answer(client._chance.choice(("svar", "svar", town.OVER)))
        if client._chance.random() < 0.5:
            client.withdraw(citizen.person)
        stop.wait(0.1)


def own(client: Client, stop: Event) -> None:
    """A process owner's day: move all cases to the newest version, and back again.

    In between what stands still is tried again, which she does as who runs the system.
    """
    while not stop.is_set():
        started = client.ask(f"/forlop/{town.KEY}/flytt", {"hvilke": "alle"})
        stop.wait(0.5)
        retry(client)
        if started.status == 303:
            client.ask(f"{started.location}/angre", {})
        stop.wait(0.5)


def retry(client: Client) -> None:
    """Let everything be tried again that a person's own action brought to a stop."""
    client.ask("/drift/prov-igjen", {"forlop": town.KEY, "element": "virkning"})
