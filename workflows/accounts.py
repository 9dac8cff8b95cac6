"""Accounts that can log in: passwords kept with argon2, and the demo's one-click list.

It will not keep sessions: the edge does, and `generation` ends them.
"""

from dataclasses import dataclass
from secrets import token_hex
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from workflows import clock
from workflows.actors import Actor
from workflows.errors import Denied, Invalid, NotFound
from workflows.tables import (
    Account,
    Participant,
    Person,
    Position,
    ProcessInstance,
    Relation,
    Service,
)
from workflows.texts import _

LANGUAGES = ("nb", "nn", "en")
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
_hasher = PasswordHasher()
_NOBODY = _hasher.hash(token_hex())  # what is checked for whoever has no password: as much work


@dataclass(frozen=True)
class DemoUser:
    """Someone to log in as in the demo."""

    account_id: UUID
    username: str
    name: str
    role: str
    """What they are: a job title and service, or whom they are."""
    group: str
    """`koordinerende_enhet`, `ansatt`, `person` or `foresatt`."""
    family_of: str | None = None
    """Whom the case started with, for the others in a family."""


def create_account(
    session: Session, username: str, name: str, password: str | None = None, language: str = "nb"
) -> Account:
    """A new account. Raises Invalid when the name is taken or the password too short.

    Usernames are kept in small letters: the database knows only those of English.
    """
    username = _plain(username)
    if session.scalar(select(Account.id).where(Account.username == username)):
        raise Invalid(_("Brukernavnet er i bruk."), "username")
    account = Account(username=username, name=name, language=language, generation=1)
    if password is not None:
        set_password(account, password)
    session.add(account)
    session.flush()
    return account


def _plain(username: str) -> str:
    return username.strip().lower()


def find_account(session: Session, username: str) -> Account:
    """The account with a username, however it is capitalised. Raises NotFound."""
    account = session.scalar(
        select(Account).where(func.lower(Account.username) == _plain(username))
    )
    if account is None:
        raise NotFound(_("Vi finner ingen konto med dette brukernavnet."))
    return account


def set_password(account: Account, password: str) -> None:
    """Change the password and end every session. Raises Invalid when it is too short or long."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Invalid(_("Passordet må ha fra 12 til 200 tegn."), "password")
    account.password_hash = _hasher.hash(password)
    account.generation = (account.generation or 0) + 1


def authenticate(session: Session, username: str, password: str) -> Account:
    """The account for a username and password. Raises Denied with the same words for any fault."""
    account = session.scalar(
        select(Account).where(func.lower(Account.username) == _plain(username))
    )
    known = account.password_hash if account else None
    matches = _matches(known or _NOBODY, password[:LONGEST_PASSWORD])
    if account is None or known is None or not matches:
        raise Denied(_("Feil brukernavn eller passord."))
    return account


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def set_language(session: Session, actor: Actor, language: str) -> None:
    """Remember an account's language. Raises Invalid for one we do not speak."""
    if language not in LANGUAGES:
        raise Invalid(_("Vi har ikke det språket."), "language")
    if actor.account_id is not None:
        session.get_one(Account, actor.account_id).language = language


def demo_users(session: Session) -> list[DemoUser]:
    """Everybody one can be in the demo, those with most to do first."""
    staff = session.execute(
        select(Account, Position.title, Service.name.label("service"), Service.kind)
        .join(Position, Position.account_id == Account.id)
        .join(
            Service,
            (Service.municipality_id == Position.municipality_id)
            & (Service.id == Position.service_id),
        )
        .where(or_(Position.ended_on.is_(None), Position.ended_on > clock.today()))
        .order_by(Account.name)
    )
    found: dict[UUID, DemoUser] = {}
    for account, title, service, kind in staff:
        group = kind if kind == "koordinerende_enhet" else "ansatt"
        user = DemoUser(account.id, account.username, account.name, f"{title}, {service}", group)
        found.setdefault(account.id, user)
    families = _families(session)
    for group, query in _PRIVATE.items():
        for account, name in session.execute(query):
            family = families.get(account.id)
            user = DemoUser(account.id, account.username, account.name, name, group, family)
            found.setdefault(account.id, user)
    return list(found.values())


def _families(session: Session) -> dict[UUID, str]:
    """Account id → whom the family's case started with, for those who were named for one later."""
    main = aliased(Person)
    rows = session.execute(
        select(Person.account_id, main.name)
        .join(Participant, Participant.person_id == Person.id)
        .join(ProcessInstance, ProcessInstance.id == Participant.instance_id)
        .join(main, main.id == ProcessInstance.person_id)
        .where(Person.account_id.is_not(None), Person.id != main.id)
    )
    return {account_id: name for account_id, name in rows if account_id}


_PRIVATE = {
    "person": select(Account, Person.name)
    .join(Person, Person.account_id == Account.id)
    .order_by(Account.name),
    "foresatt": select(Account, Person.name)
    .join(Relation, Relation.account_id == Account.id)
    .join(
        Person,
        (Person.municipality_id == Relation.municipality_id) & (Person.id == Relation.person_id),
    )
    .order_by(Account.name),
}
