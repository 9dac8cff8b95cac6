"""The part of Flask-Babel that the pages use; it carries no types of its own."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from babel import Locale
from flask import Flask

class Babel:
    def __init__(
        self,
        app: Flask | None = None,
        default_locale: str = "en",
        default_domain: str = "messages",
        default_translation_directories: str = "translations",
        default_timezone: str = "UTC",
        locale_selector: Callable[[], str] | None = None,
    ) -> None: ...

def force_locale(locale: str) -> AbstractContextManager[None]: ...
def get_locale() -> Locale | None: ...
def refresh() -> None: ...
def gettext(string: str, **variables: object) -> str: ...
def ngettext(singular: str, plural: str, num: int, **variables: object) -> str: ...
def lazy_gettext(string: str, **variables: object) -> str: ...
