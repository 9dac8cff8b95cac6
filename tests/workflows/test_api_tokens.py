"""Tokens: whom they are for, what they hold, and when they end."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session
from world import World

from workflows import api_tokens, clock, idempotency
from workflows.errors import Invalid
from workflows.tables import Account, ApiToken

YEAR = timedelta(days=365)


def made(session: Session, *scopes: str, life: timedelta = YEAR) -> tuple[ApiToken, str]:
    account = api_tokens.service_account(session, "fagsystem", "Fagsystem")
    return api_tokens.create_token(session, account, "Fag", scopes or ("tasks:read",), life)


def test_token_gives_its_account_and_scopes(session: Session) -> None:
    """The text of a token opens for its account, and for its scopes alone."""
    token, text = made(session, "tasks:write", "tasks:read")
    grant = api_tokens.authenticate(session, text)
    assert grant is not None
    assert (grant.account.id, grant.scopes) == (token.account_id, {"tasks:read", "tasks:write"})


def test_secret_is_not_kept(session: Session) -> None:
    """Whoever reads the table cannot use a token."""
    token, text = made(session)
    assert text.split("_", 2)[2] not in str(vars(token))


def test_last_use_is_noted(session: Session) -> None:
    """When a token was last used is written down."""
    token, text = made(session)
    api_tokens.authenticate(session, text)
    assert token.last_used_at is not None


@pytest.mark.parametrize("fault", ["", "x", "rodtrad_", "rodtrad_x_y", "rodtrad__", "bearer_a_b"])
def test_what_is_no_token_gives_nothing(session: Session, fault: str) -> None:
    """A text of another shape is no token."""
    made(session)
    assert api_tokens.authenticate(session, fault) is None


def test_wrong_secret_gives_nothing(session: Session) -> None:
    """An id that exists is worth nothing without its secret."""
    _token, text = made(session)
    assert api_tokens.authenticate(session, text[:-1] + ("A" if text[-1] != "A" else "B")) is None
    assert api_tokens.authenticate(session, text.rsplit("_", 1)[0] + "_") is None


def test_expired_token_gives_nothing(session: Session) -> None:
    """A token is worth nothing from the instant it expires."""
    token, text = made(session, life=timedelta(days=1))
    with clock.at(token.expires_at):
        assert api_tokens.authenticate(session, text) is None


def test_revoked_token_gives_nothing(session: Session) -> None:
    """A revoked token is worth nothing at once."""
    token, text = made(session)
    api_tokens.revoke_token(session, token.id)
    assert api_tokens.authenticate(session, text) is None


def test_people_have_no_tokens(world: World) -> None:
    """An account that somebody logs in with is not used by a system."""
    kari = world.accounts["Kari"]
    with pytest.raises(Invalid):
        api_tokens.create_token(world.session, kari, "x", ["tasks:read"], YEAR)
    with pytest.raises(Invalid):
        api_tokens.service_account(world.session, "kari", "x")


@pytest.mark.parametrize("scopes", [(), ("everything",), ("tasks:read", "everything")])
def test_only_known_scopes_are_granted(session: Session, scopes: tuple[str, ...]) -> None:
    """The set of scopes is closed, and a token has at least one."""
    account = Account(username="x", name="x")
    with pytest.raises(Invalid):
        api_tokens.create_token(session, account, "x", scopes, YEAR)


@pytest.mark.parametrize("days", [0, 731])
def test_no_token_lives_for_ever(session: Session, days: int) -> None:
    """A token lives at most two years."""
    with pytest.raises(Invalid):
        made(session, life=timedelta(days=days))


def test_answer_is_kept_for_a_day(session: Session) -> None:
    """The answer to a named request is found within a day and forgotten after it."""
    account, when = api_tokens.service_account(session, "fag", "Fag").id, clock.now()
    idempotency.keep(session, account, "k", "POST /x", "h", (201, "{}", "/x/1"))
    again = idempotency.find(session, account, "k", "POST /x", "h")
    assert again is not None
    assert (again.status, again.body, again.location) == (201, "{}", "/x/1")
    with clock.at(when + timedelta(hours=25)):
        assert idempotency.find(session, account, "k", "POST /x", "h") is None


def test_key_of_another_request_is_refused(session: Session) -> None:
    """A key stands for one request: with another body it is refused."""
    account = api_tokens.service_account(session, "fag", "Fag").id
    idempotency.keep(session, account, "k", "POST /x", "h", (201, "{}", None))
    with pytest.raises(Invalid):
        idempotency.find(session, account, "k", "POST /x", "other")
    assert idempotency.find(session, account, "k", "POST /y", "other") is None


def test_pruning_forgets_only_the_old(session: Session) -> None:
    """What is older than a day goes, the rest stays."""
    account, when = api_tokens.service_account(session, "fag", "Fag").id, clock.now()
    idempotency.keep(session, account, "k", "POST /x", "h", (201, "{}", None))
    assert idempotency.prune(session) == 0
    with clock.at(when + timedelta(hours=25)):
        assert idempotency.prune(session) == 1
