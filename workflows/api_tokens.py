"""Tokens that let another system use the API as a service account, and what each may be used for.

A token narrows what its account may do and never widens it: the account has positions as people
have, and the same basis is asked for. It will not decide on access: `workflows.access` does.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from secrets import token_urlsafe
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from workflows import accounts, clock
from workflows.errors import Invalid, NotFound
from workflows.tables import Account, ApiToken
from workflows.texts import _

DEFINITIONS_READ, DEFINITIONS_PUBLISH = "definitions:read", "definitions:publish"
INSTANCES_READ, INSTANCES_WRITE = "instances:read", "instances:write"
TASKS_READ, TASKS_WRITE = "tasks:read", "tasks:write"
MESSAGES_WRITE = "messages:write"
PERSONS_READ, PERSONS_WRITE = "persons:read", "persons:write"
WEBHOOKS_READ, WEBHOOKS_WRITE = "webhooks:read", "webhooks:write"
SCOPES = (
    *(DEFINITIONS_READ, DEFINITIONS_PUBLISH, INSTANCES_READ, INSTANCES_WRITE),
    *(TASKS_READ, TASKS_WRITE, MESSAGES_WRITE, PERSONS_READ, PERSONS_WRITE),
    *(WEBHOOKS_READ, WEBHOOKS_WRITE),
)

PREFIX = "rodtrad"
SECRET_BYTES = 32
LONGEST_LIFE = timedelta(days=730)
USE_NOTED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class Grant:
    """What a request's token gives: which account asks, and for what it may be used."""

    account: Account
    scopes: frozenset[str]


def service_account(session: Session, username: str, name: str) -> Account:
    """The account of another system, made if it is not there. It has no password.

    Raises Invalid when the account is somebody's who logs in.
    """
    try:
        found = accounts.find_account(session, username)
    except NotFound:
        return accounts.create_account(session, username, name)
    if found.password_hash is not None:
        raise Invalid(_("Kontoen er et menneskes. Velg en egen konto for systemet."), "username")
    return found


def create_token(
    session: Session, account: Account, name: str, scopes: Collection[str], life: timedelta
) -> tuple[ApiToken, str]:
    """A new token and its text, which is not kept. Raises Invalid for what cannot be granted."""
    if account.password_hash is not None:
        raise Invalid(_("Kontoen er et menneskes. Velg en egen konto for systemet."), "username")
    if not scopes or not set(scopes) <= set(SCOPES):
        raise Invalid(_("Velg minst ett område som finnes."), "scopes")
    if not timedelta() < life <= LONGEST_LIFE:
        raise Invalid(_("Et token kan vare fra én dag til to år."), "days")
    secret = token_urlsafe(SECRET_BYTES)
    token = ApiToken(
        id=uuid7(),
        account_id=account.id,
        name=name,
        secret_hash=_hashed(secret),
        scopes=sorted(set(scopes)),
        created_at=clock.now(),
        expires_at=clock.now() + life,
    )
    session.add(token)
    session.flush()
    return token, f"{PREFIX}_{token.id.hex}_{secret}"


def _hashed(secret: str) -> str:
    """SHA-256 is enough here: 32 random bytes cannot be guessed, as a password can. A slow hash

    would only cost time in every request.
    """
    return sha256(secret.encode()).hexdigest()


def authenticate(session: Session, text: str) -> Grant | None:
    """What the text of a token gives; None when it is none, or expired, or revoked."""
    prefix, _sign, rest = text.partition("_")
    key, _sign, secret = rest.partition("_")
    token_id = _id(key) if prefix == PREFIX else None
    row = session.execute(_TOKEN, {"id": token_id}).first() if token_id else None
    token = row[0] if row else None
    known = compare_digest(token.secret_hash if token else "", _hashed(secret))
    now = clock.now()
    if (
        row is None
        or token is None
        or not known
        or token.revoked_at is not None
        or token.expires_at <= now
    ):
        return None
    _note_use(token, now)
    return Grant(row[1], frozenset(token.scopes))


_TOKEN = (
    select(ApiToken, Account)  # the account is asked for next, and is then there already
    .join(Account, Account.id == ApiToken.account_id)
    .where(ApiToken.id == bindparam("id"))
)


def _id(key: str) -> UUID | None:
    try:
        return UUID(hex=key) if len(key) == 32 else None
    except ValueError:
        return None


def _note_use(token: ApiToken, now: datetime) -> None:
    """To within some minutes: a row written in every request would make the requests queue."""
    if token.last_used_at is None or now - token.last_used_at > USE_NOTED_EVERY:
        token.last_used_at = now


def list_tokens(session: Session) -> Sequence[tuple[ApiToken, Account]]:
    """Every token with its account, the oldest first."""
    query = select(ApiToken, Account).join(Account, Account.id == ApiToken.account_id)
    return [(token, account) for token, account in session.execute(query.order_by(ApiToken.id))]


def revoke_token(session: Session, token_id: UUID) -> ApiToken:
    """End a token now. Raises NotFound."""
    token = session.get(ApiToken, token_id)
    if token is None:
        raise NotFound(_("Vi finner ikke dette tokenet."))
    token.revoked_at = token.revoked_at or clock.now()
    return token
