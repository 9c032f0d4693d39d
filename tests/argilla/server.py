"""As much of an Argilla server as its SDK asks for, on loopback, and as strict about what it is sent.

What it refuses, and how, follows the documentation and the validators of Argilla 2.8: names, kinds and values of
fields, questions, metadata, vectors, suggestions and responses; a dataset without a required question is not published.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from tests.argilla.rules import Wrong, check_dataset, check_publish, check_record, check_settings

LISTS = {"fields": "fields", "questions": "questions", "vectors-settings": "vectors", "metadata-properties": "metadata"}
MOST = 500  # records of a request


def _now() -> str:
    return datetime.now(UTC).isoformat()


@dataclass
class Stored:
    """A dataset: its settings, and its records in the order in which they came."""

    told: dict[str, Any]
    settings: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in LISTS.values()})
    records: dict[str, dict[str, Any]] = field(default_factory=dict)


class Argilla:
    """Args:
    key: of its owner.
    """

    def __init__(self, key: str = "argilla.owner.key", role: str = "owner") -> None:
        self.key = key
        self.me = self._made({"username": "owner", "role": role, "first_name": "Owner", "last_name": None})
        self.users = [self.me]
        self.workspaces = [self._made({"name": "team"})]
        self.datasets: dict[str, Stored] = {}
        self.asked: Counter[str] = Counter()
        self.trouble: Callable[[str, str], tuple[int, object] | None] = lambda _method, _path: None
        place = self

        class Handler(_Handler):
            server_of = place

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def add_user(self, name: str) -> None:
        self.users.append(self._made({"username": name, "role": "annotator", "first_name": name, "last_name": None}))

    def named(self, name: str) -> Stored:
        return next(one for one in self.datasets.values() if one.told["name"] == name)

    def answer(self, dataset: str, record: str, user: str, status: str, values: dict[str, Any] | None) -> None:
        """As an annotator does in the browser: through the checks that every response goes through."""
        stored = self.named(dataset)
        said = values if values is None else {name: {"value": value} for name, value in values.items()}
        response = {"user_id": self._user(user), "status": status, "values": said}
        held = stored.records[record]
        check_record({**held, "responses": [response]}, stored.settings, self._ids(), known=True)
        self._respond(held, response)

    def said(self, dataset: str, record: str) -> dict[str, tuple[str, dict[str, Any]]]:
        """By user the status and the values of a response."""
        names = {one["id"]: one["username"] for one in self.users}
        return {
            names[one["user_id"]]: (
                one["status"],
                {name: each["value"] for name, each in (one["values"] or {}).items()},
            )
            for one in self.named(dataset).records[record]["responses"]
        }

    def reply(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, object]:
        words = path.strip("/").split("/")
        if words[:2] != ["api", "v1"]:
            return 404, {"detail": f"no {method} {words}"}
        match [method, *words[2:]]:
            case ["GET", "me"]:
                return 200, self.me
            case ["GET", "me", "workspaces"]:
                return 200, {"items": self.workspaces}
            case ["GET", "me", "datasets"]:
                return 200, {"items": [one.told for one in self.datasets.values()]}
            case ["GET", "users"]:
                return (200, {"items": self.users}) if self.me["role"] == "owner" else (403, {"detail": "Forbidden"})
            case ["GET", "workspaces", _, "users"]:
                return 200, {"items": [one for one in self.users if one["role"] != "owner"]}
            case ["GET", "workspaces", name]:
                return 200, next(one for one in self.workspaces if one["id"] == name)
            case ["POST", "datasets"]:
                return self._make(body)
            case [_, "me", "datasets", name, "metadata-properties"] | [_, "datasets", name, "metadata-properties"]:
                return self._of(name, method, ["metadata-properties"], query, body)
            case [_, "datasets", name, *rest]:
                return self._of(name, method, rest, query, body)
        return 404, {"detail": f"no {method} {words}"}

    def _make(self, body: Any) -> tuple[int, object]:
        check_dataset(body)
        if body["workspace_id"] not in {one["id"] for one in self.workspaces}:
            raise Wrong("workspace does not exist")
        if any(one.told["name"] == body["name"] for one in self.datasets.values()):
            return 409, {"detail": f"Dataset with name `{body['name']}` already exists"}
        told = self._made({"status": "draft", "guidelines": None, "allow_extra_metadata": True, "distribution": None})
        self.datasets[told["id"]] = Stored({**told, **{name: body[name] for name in ("name", "workspace_id")}})
        return 201, self.datasets[told["id"]].told

    def _of(self, name: str, method: str, words: list[str], query: Any, body: Any) -> tuple[int, object]:
        stored = self.datasets.get(name)
        if stored is None:
            return 404, {"detail": "Dataset not found"}
        match [method, *words]:
            case ["GET"]:
                return 200, stored.told
            case ["PATCH"]:
                stored.told.update({key: body[key] for key in ("guidelines", "allow_extra_metadata", "distribution")})
                return 200, stored.told
            case ["DELETE"]:
                return 200, self.datasets.pop(name).told
            case ["GET", kind] if kind in LISTS:
                return 200, {"items": stored.settings[LISTS[kind]]}
            case ["POST", kind] if kind in LISTS:
                check_settings(kind, body, stored.settings, stored.told["status"])
                made = {**body, **self._made({"dataset_id": name})}
                stored.settings[LISTS[kind]].append(made)
                return 201, made
            case ["PUT", "publish"]:
                check_publish(stored.settings)
                stored.told["status"] = "ready"
                return 200, stored.told
            case ["PUT", "records", "bulk"]:
                return self._upsert(stored, body)
            case ["GET", "records"]:
                return 200, {"items": self._listed(stored, query)}
        return 404, {"detail": f"no {method} {words}"}

    def _upsert(self, stored: Stored, body: Any) -> tuple[int, object]:
        items = body["items"]
        if stored.told["status"] != "ready" or not 0 < len(items) <= MOST:
            raise Wrong(f"dataset is not published, or not 1 to {MOST} records")
        extra = stored.told["allow_extra_metadata"]
        for place, one in enumerate(items):
            try:
                check_record(one, stored.settings, self._ids(), known=one["external_id"] in stored.records, extra=extra)
            except Wrong as error:
                raise Wrong(f"Record at position {place} is not valid because {error}") from error
        updated = []
        for one in items:
            held = stored.records.get(one["external_id"])
            if held is None:
                held = self._made({"external_id": one["external_id"], "status": "pending", "responses": []})
                stored.records[one["external_id"]] = held
            else:
                updated.append(held["id"])
            held.update({name: one[name] for name in ("fields", "metadata", "suggestions", "vectors")})
            for response in one["responses"]:
                self._respond(held, response)
        told = [self._told(stored.records[one["external_id"]], {"suggestions"}) for one in items]
        return 200, {"items": told, "updated_item_ids": updated}

    def _listed(self, stored: Stored, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        offset, limit = int(query["offset"][0]), int(query["limit"][0])
        if offset < 0 or not 0 < limit <= 1000:
            raise Wrong("offset or limit")
        rows = list(stored.records.values())[offset : offset + limit]
        return [self._told(one, set(query.get("include", []))) for one in rows]

    @staticmethod
    def _told(record: dict[str, Any], include: set[str]) -> dict[str, Any]:
        beside = {"responses", "suggestions", "vectors"}
        return {name: value for name, value in record.items() if name not in beside or name in include}

    def _respond(self, held: dict[str, Any], response: dict[str, Any]) -> None:
        kept = [one for one in held["responses"] if one["user_id"] != response["user_id"]]
        held["responses"] = [*kept, {**self._made({}), **response}]

    def _ids(self) -> set[str]:
        return {one["id"] for one in self.users}

    def _user(self, name: str) -> str:
        return str(next(one["id"] for one in self.users if one["username"] == name))

    @staticmethod
    def _made(what: dict[str, Any]) -> dict[str, Any]:
        return {"id": str(uuid4()), "inserted_at": _now(), "updated_at": _now(), **what}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of: Argilla

    def _any(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        place = self.server_of
        place.asked[f"{self.command} {parts.path.rsplit('/', 1)[-1]}"] += 1
        trouble = place.trouble(self.command, parts.path)
        if trouble is not None:
            status, said = trouble
        elif self.headers.get("X-Argilla-Api-Key") != place.key:
            status, said = 401, {"detail": {"code": "argilla.api.errors::UnauthorizedError"}}
        else:
            try:
                held = json.loads(body) if body else None
                status, said = place.reply(self.command, parts.path, parse_qs(parts.query), held)
            except Wrong as error:
                status, said = 422, {"detail": str(error)}
        data = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the parent
        pass
