"""Marks sentences below the web layer for translation; the page translates them.

It will not translate: the rooms below `webapp` do not know the user's language. What puts a
sentence together here takes a `Say` from whoever does.
"""

from collections.abc import Callable

Say = Callable[[str], str]
"""A marked sentence in the reader's language; `_` itself leaves it in bokmål."""


def _(text: str) -> str:
    return text
