from collections.abc import Callable
from typing import Any

import flask
import marshmallow as ma
from apispec import APISpec

class Blueprint(flask.Blueprint):
    description: str
    def __init__(
        self, name: str, import_name: str, *, url_prefix: str, description: str = ""
    ) -> None: ...
    def route(self, rule: str, **options: Any) -> Callable[[Any], Any]: ...
    def arguments(
        self, schema: type[ma.Schema], *, location: str = "json", **more: Any
    ) -> Callable[[Any], Any]: ...
    def response(
        self, status_code: int, schema: Any = None, **more: Any
    ) -> Callable[[Any], Any]: ...
    @staticmethod
    def doc(**more: Any) -> Callable[[Any], Any]: ...
    def register_views_in_doc(
        self, api: Any, app: flask.Flask, spec: APISpec, *, name: str, parameters: Any
    ) -> None: ...

class Api:
    DEFAULT_ERROR_RESPONSE_NAME: str | None
    spec: APISpec
    def __init__(
        self, app: flask.Flask | None = None, *, spec_kwargs: dict[str, Any] | None = None
    ) -> None: ...
    def register_blueprint(self, blp: Blueprint, **options: Any) -> None: ...
