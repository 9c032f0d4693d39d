"""The JSON endpoints as OpenAPI describes them: what each takes, and what it answers when it cannot.

Held to the server by test_described.py: the endpoints are those that there are, and their fields those that each knows.
"""

from typing import Any

from personahub.browse.view import BROWSED, SHOWN
from personahub.export.layouts import LAYOUTS
from personahub.review.questions import KINDS
from personahub.web.app import ENDPOINTS
from personahub.web.forms import FORMS
from personahub.web.judging import BECOMES
from personahub.web.keeping import FILES

Schema = dict[str, Any]


def _text(most: int = 10_000, **more: Any) -> Schema:
    return {"type": "string", "maxLength": most, **more}


def _whole(least: int = 0, most: int = 2**53, **more: Any) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": most, **more}


def _one_of(*values: object) -> Schema:
    return {"enum": list(values)}


def _list(inner: Schema, most: int, least: int = 0) -> Schema:
    return {"type": "array", "items": inner, "minItems": least, "maxItems": most}


def _object(required: tuple[str, ...] = (), /, **fields: Schema) -> Schema:
    return {"type": "object", "properties": fields, "required": list(required), "additionalProperties": False}


def _or_null(one: Schema) -> Schema:
    return {"anyOf": [one, {"type": "null"}]}


NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
ID = _text(32, pattern="^[0-9a-f]{32}$")
KEY = _text(64, pattern="^[A-Za-z0-9]{8,64}$")
CORNER = {"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2}
VALUE = {"anyOf": [{"type": "string"}, NUMBER, {"type": "null"}]}
FILTER = {
    "anyOf": [
        _object(("in",), **{"in": _list(VALUE, 5)}),
        _object(("not",), **{"not": _list(VALUE, 5)}),
        _object(min=NUMBER, max=NUMBER),
    ]
}
COLUMNS = ("task", "model", "length", "verdict", "status")
VIEW = _object(
    table=_one_of(*BROWSED),
    task=_or_null(_one_of("tool", "none")),
    query=_text(100),
    field=_or_null(_one_of("text", "persona", "description")),
    where=_text(100),
    filters=_object(**dict.fromkeys(COLUMNS, FILTER)),
    show=_one_of(*SHOWN),
    selection=_or_null(_text(60)),
    near=_or_null(
        _object(id=ID, text=_text(100), field=_text(60), order=_one_of("most", "least"), min=NUMBER, max=NUMBER)
    ),
    area=_or_null(_object(("polygon",), field=_text(60), polygon=_list(CORNER, 500, 3))),
    judged_by=_or_null(_text(40, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}$")),
    sort=_or_null(_one_of("order", "relevance", "random", "disagreement", "kept", *COLUMNS)),
    down=FLAG,
    seed=_whole(),
)
SPAN = _object(("first", "last", "label"), first=_whole(), last=_whole(), label=_text(20))
ANSWER = {"anyOf": [_text(200), _whole(0, 100), _list(_text(20), 5), _list(SPAN, 5)]}
ANSWERS = _object(rating=ANSWER, correction=ANSWER, feedback=ANSWER)
QUESTION = _object(
    ("name", "kind", "title"),
    name=_text(40, pattern="^[a-z][a-z0-9_]{0,39}$"),
    kind=_one_of(*KINDS),
    title=_text(500, minLength=1),
    help=_text(5000),
    required=FLAG,
    least=_whole(0, 99),
    most=_whole(1, 100),
    options=_list(_object(("value",), value=_text(500, minLength=1), label=_text(500, minLength=1)), 5, 2),
    field=_one_of("text", "persona", "description"),
    suggest=_or_null(_text(60)),
    score=_or_null(_text(60)),
)
TABLE, TASK = _one_of(*BROWSED), _or_null(_text(64))
MAP = {"table": _one_of("personas", "samples", "texts"), "field": _one_of("text", "persona", "description")}
DRAWN = {
    **MAP,
    "window": _list(NUMBER, 4, 4),
    "width": _whole(1, 4096),
    "height": _whole(1, 4096),
    "colour": _or_null(_text(200)),
    "view": _or_null(VIEW),
    "dark": FLAG,
}
ABOUT = {"table": TABLE, "task": TASK}
OPTIONS = {"type": "object", "additionalProperties": ANSWER, "maxProperties": 3}
RUN = _object(("verb", "options"), verb=_one_of(*FORMS), options=OPTIONS)
EXPORT = {
    "view": VIEW,
    "file": _one_of(*FILES),
    "format": _or_null(_one_of(*LAYOUTS)),
    "splits": _or_null(_text(1000)),
    "license": _text(200),
    "corrected": FLAG,
}

BODIES: dict[str, Schema] = {
    "hub": _object(),
    "columns": _object(**ABOUT),
    "records": _object(view=VIEW, limit=_whole(1, 200), cursor=_or_null(_text(60))),
    "counts": _object(view=VIEW, columns=_list(_one_of(*COLUMNS), 30)),
    "record": _object(("id",), table=TABLE, id=_text(32)),
    "overlap": _object(overlap=_whole(1, 20)),
    "questions": _object(**ABOUT),
    "questions/save": _object(("questions",), **ABOUT, questions=_list(QUESTION, 50, 1), revision=_whole()),
    "judge": _object(
        ("id", "key"), table=TABLE, id=ID, action=_one_of(*BECOMES), answers=ANSWERS, revision=_whole(), key=KEY
    ),
    "undo": _object(("key",), key=KEY),
    "redo": _object(("key",), key=KEY),
    "bulk": _object(
        view=VIEW,
        ids=_or_null(_list(ID, 5)),
        action=_one_of(*BECOMES),
        answers=ANSWERS,
        preview=FLAG,
        key=_or_null(KEY),
    ),
    "progress": _object(view=VIEW),
    "selections": _object(),
    "selections/save": _object(("name",), name=_text(200), view=VIEW),
    "selections/remove": _object(("name",), name=_text(200)),
    "export": _object(**EXPORT),
    "command": _object(**EXPORT, do=_one_of("search", "export", "save"), name=_text(200)),
    "map": _object(**MAP),
    "map/make": _object(**MAP),
    "map/picture": _object(("window",), **DRAWN),
    "map/points": _object(("window",), **DRAWN),
    "map/nearest": _object(**MAP, x=NUMBER, y=NUMBER, radius=NUMBER),
    "charts": _object(table=_one_of("personas", "samples", "texts"), task=TASK),
    "runs": _object(),
    "runs/show": _object(("id",), id=_text(32)),
    "runs/preview": RUN,
    "runs/start": RUN,
    "runs/resume": _object(("id",), id=_text(32), command=_or_null(_text(100))),
    "forms": _object(),
    "job": _object(("job",), job=_text(20)),
    "job/stop": _object(("job",), job=_text(20)),
}
ERROR = _object(
    ("error",),
    error={
        "type": "object",
        "properties": {"code": {"type": "string"}, "message": {"type": "string", "minLength": 1}},
        "required": ["code", "message"],
    },
)
REFUSED = (400, 403, 404, 405, 409, 413, 415, 422, 503)  # 500 and 507 are none that a request may lead to


def described() -> Schema:
    """All of it as one document of OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "The review page of a hub", "version": "1"},
        "paths": {f"/api/{name}": {"post": _asked(name)} for name in ENDPOINTS},
    }


def _asked(name: str) -> Schema:
    said = {"image/png": {}} if name == "map/picture" else {"application/json": {"schema": {"type": "object"}}}
    refused = {str(status): {"description": "", "content": _json(ERROR)} for status in REFUSED}
    return {
        "operationId": name,
        "requestBody": {"required": True, "content": _json(BODIES[name])},
        "responses": {"200": {"description": "", "content": said}, **refused},
    }


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}
