"""Webhooks over the API: whose they are, what they may be told, and what came of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from world import World

from tests.webapp.api.conftest import System, SystemOf
from tests.workflows import stories
from tests.workflows.breaking import Broken, the_incident
from workflows import api_tokens, clock, consents, incidents, organisations, webhooks
from workflows.actors import load_actor
from workflows.tables import Consent, OpenTask, Webhook, WebhookDelivery

EVERYTHING = {"url": "https://example.test/hook", "events": list(webhooks.EVENTS)}


def told(world: World, system: System) -> list[tuple[str, dict[str, str]]]:
    """(event, data) of what is on its way to a system, in order."""
    world.session.flush()
    [webhook] = [
        each
        for each in world.session.query(Webhook)
        if each.id.hex in system.get("/webhooks").text.replace("-", "")
    ]
    rows = world.session.query(WebhookDelivery).filter_by(webhook_id=webhook.id)
    return [(row.event, row.payload["data"]) for row in rows.order_by(WebhookDelivery.id)]


@pytest.fixture
def hooked(unit: System) -> System:
    """A system of the coordinating unit that wants to be told of everything."""
    answer = unit.post("/webhooks", EVERYTHING)
    assert answer.status_code == 201, answer.text
    return unit


def test_secret_is_shown_once(hooked: System) -> None:
    """A new webhook has a secret, which no list shows again."""
    made = hooked.post("/webhooks", EVERYTHING).json
    assert made["secret"].startswith("whsec_")
    listed = hooked.get("/webhooks")
    assert made["secret"] not in listed.text
    assert made["id"] in listed.text


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "ftp://a.no/",
        "file:///etc/passwd",
        "https://",
        "https://a b.no",
        "https://u:p@a.no/",
        "http://[::1",
        "https://a.no/\r\nX: y",
        "https://a.no:99999/",
        "https://æ.no/",
        "https://a.no/" + "x" * 500,
    ],
)
def test_only_addresses_are_taken(unit: System, url: str) -> None:
    """What is no web address is refused."""
    answer = unit.post("/webhooks", EVERYTHING | {"url": url})
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "url")


@pytest.mark.parametrize("events", [[], ["x"], ["task.opened", "x"]])
def test_only_known_events_are_taken(unit: System, events: list[str]) -> None:
    """The set of events is closed, and one has to be chosen."""
    assert unit.post("/webhooks", EVERYTHING | {"events": events}).status_code == 422


def test_there_is_an_end_to_them(hooked: System) -> None:
    """An account cannot have ever more."""
    answers = [hooked.post("/webhooks", EVERYTHING).status_code for _ in range(20)]
    assert answers == [201] * 19 + [422]


def test_webhook_is_its_accounts_own(hooked: System, school: System) -> None:
    """Another account neither sees nor ends it."""
    [line] = hooked.get("/webhooks").json["webhooks"]
    assert school.get("/webhooks").json["webhooks"] == []
    assert school.get(f"/webhooks/{line['id']}/deliveries").status_code == 404
    assert school.call("DELETE", f"/webhooks/{line['id']}").status_code == 404
    assert hooked.call("DELETE", f"/webhooks/{line['id']}").status_code == 204
    assert hooked.get("/webhooks").json["webhooks"] == []


def test_course_of_a_case_is_told(world: World, hooked: System) -> None:
    """What begins, opens, is done and ends is told, in ids alone."""
    instance = stories.start(world)
    task = world.open_task("vurder_behov")
    case, step = {"instance_id": str(instance.id)}, {"task_id": str(task.id)}
    begun = [("instance.started", case), ("task.opened", case | step)]
    assert told(world, hooked) == begun
    world.complete("Kari", "vurder_behov", vurdering="avslag", begrunnelse="Ikke behov.")
    assert ("task.completed", case | step) in told(world, hooked)
    for row in world.session.query(WebhookDelivery):
        assert row.payload.keys() == {"type", "timestamp", "data"}
        assert row.payload["data"].keys() <= {"instance_id", "task_id"}


def test_what_stops_is_told_once(
    world: World, hooked: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that stops is told of in ids alone, and not again when it is tried again."""
    Broken(monkeypatch, "coordinator.appoint", ValueError("Mia Testesen"))
    instance = stories.to_coordinator(world)
    row = the_incident(world)
    incidents.retry_due(world.session, row)
    stopped = [data for event, data in told(world, hooked) if event == "incident.opened"]
    assert stopped == [{"instance_id": str(instance.id), "incident_id": str(row.id)}]


def test_whoever_runs_the_system_is_told_of_what_stops_and_nothing_else(
    world: World, school: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a basis to know of anybody; another service is told nothing of it."""
    others = school.post("/webhooks", EVERYTHING).json["id"]
    account = api_tokens.service_account(world.session, "vakt", "Overvåkingen")
    organisations.employ(world.session, account, world.service("bup"), "System", ("drift",))
    actor = load_actor(world.session, account.id)
    webhook = webhooks.subscribe(world.session, actor, EVERYTHING["url"], webhooks.EVENTS)
    Broken(monkeypatch, "plan.open", ValueError())
    stories.start(world)
    rows = world.session.query(WebhookDelivery)
    assert [row.event for row in rows.filter_by(webhook_id=webhook.id)] == ["incident.opened"]
    assert rows.filter_by(webhook_id=UUID(others)).all() == []
    sent = webhooks.take_next(world.session)
    assert sent is not None
    assert sent.payload["type"] == "incident.opened"


def test_end_is_told_though_it_ends_the_basis(world: World, system_of: SystemOf) -> None:
    """Who knew of a case by a consent in it is told that it ended."""
    school = system_of("skole")
    school.post("/webhooks", EVERYTHING | {"events": ["instance.ended"]})
    instance = stories.to_measures(world)
    consents.withdraw_all(world.session, world.actor("Mia"), instance.id)
    ended = told(world, school)
    if instance.ended_at is not None:
        assert ended == [("instance.ended", {"instance_id": str(instance.id)})]


def test_nothing_is_told_without_a_basis(world: World, system_of: SystemOf) -> None:
    """A service is told from when it may know, and of its own tasks alone."""
    school = system_of("skole")
    school.post("/webhooks", EVERYTHING)
    stories.to_coordinator(world)
    assert [event for event, _data in told(world, school) if event == "instance.started"] == []
    world.service("bup")
    bup = system_of("bup")
    bup.post("/webhooks", EVERYTHING)
    world.complete("Mia", "mine_mal", mal=[{"mal": "Sove bedre"}])
    assert told(world, bup) == []
    own = {str(task.id) for task in world.session.query(OpenTask)}
    assert {data["task_id"] for event, data in told(world, school) if event == "task.opened"} & own


def test_only_what_was_asked_for_is_told(world: World, unit: System) -> None:
    """Who asks for one kind of event is told of that kind."""
    unit.post("/webhooks", EVERYTHING | {"events": ["task.opened"]})
    stories.start(world)
    assert {event for event, _data in told(world, unit)} == {"task.opened"}


def test_what_is_undone_is_not_told(world: World, hooked: System) -> None:
    """A message is of the transaction it tells of."""
    world.session.commit()
    stories.start(world)
    world.session.rollback()
    assert told(world, hooked) == []


def test_message_is_withheld_when_the_basis_is_gone(world: World, system_of: SystemOf) -> None:
    """What the account may not know of any more is not sent."""
    school = system_of("skole")
    school.post("/webhooks", EVERYTHING)
    stories.to_measures(world)
    assert told(world, school)
    for consent in world.session.query(Consent):
        consent.withdrawn_at = clock.now()
    world.session.flush()
    assert webhooks.take_next(world.session) is None
    assert {row.result for row in world.session.query(WebhookDelivery)} == {"uten grunnlag"}


def test_deliveries_are_listed_newest_first(world: World, hooked: System) -> None:
    """What a webhook was told is listed, page by page."""
    stories.start(world)
    [line] = hooked.get("/webhooks").json["webhooks"]
    first = hooked.get(f"/webhooks/{line['id']}/deliveries?limit=1").json
    assert [one["event"] for one in first["deliveries"]] == ["task.opened"]
    second = hooked.get(first["next"].removeprefix("/api/v1")).json
    assert [one["event"] for one in second["deliveries"]] == ["instance.started"]
    assert second["next"] is None
    assert hooked.get(f"/webhooks/{line['id']}/deliveries?cursor=x").status_code == 422


def taken(world: World) -> Any:
    sent = webhooks.take_next(world.session)
    assert sent is not None
    return sent


def test_message_that_is_taken_is_nobody_elses(world: World, hooked: System) -> None:
    """Two senders do not take the same; when one is lost, its message comes back."""
    stories.start(world)
    one, two = taken(world), taken(world)
    assert one.id != two.id
    assert webhooks.take_next(world.session) is None
    with clock.at(clock.now() + timedelta(seconds=61)):
        assert taken(world).id == one.id


def test_tries_are_spread_and_have_an_end(world: World, hooked: System) -> None:
    """Each wait is longer, until the message is given up; then it can be tried again."""
    stories.start(world)
    world.session.query(WebhookDelivery).filter_by(event="task.opened").delete()
    for at in range(webhooks.MOST_TRIES):
        with clock.at(clock.now() + timedelta(days=at + 1)):
            sent = taken(world)
            webhooks.note_result(world.session, sent, delivered=False, result="500")
            world.session.flush()
    [(row, _webhook)] = webhooks.list_failed(world.session)
    assert (row.next_try_at, row.result) == (None, "500")
    assert webhooks.retry_failed(world.session) == 1
    world.session.flush()
    assert taken(world).id == row.id


def test_waits_grow_to_a_limit_and_differ() -> None:
    """From seconds to hours, and not at the same instant for all."""
    waits = [webhooks.wait_after(tries) for tries in range(1, 11)]
    assert timedelta(seconds=3) < waits[0] < timedelta(seconds=7)
    assert timedelta(hours=4) < waits[-1] <= timedelta(hours=7.5)
    assert webhooks.wait_after(3) != webhooks.wait_after(3)


def test_old_messages_are_forgotten(world: World, hooked: System) -> None:
    """What is delivered goes after a month; what is waiting or given up stays."""
    stories.start(world)
    one, _two = taken(world), taken(world)
    webhooks.note_result(world.session, one, delivered=True, result="200")
    world.session.flush()
    assert webhooks.prune(world.session) == 0
    with clock.at(clock.now() + timedelta(days=31)):
        assert webhooks.prune(world.session) == 1
