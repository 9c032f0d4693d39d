"""Whatever OpenAPI's description of the endpoints lets one send, and what it does not: never a bug's answer."""

import re
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import response_schema_conformance, status_code_conformance

from personahub.web.app import ENDPOINTS
from tests.web.described import BODIES, described
from tests.web.served import Served

EXAMPLES = 8  # of each endpoint, beside those that try each field's limits
PROCESSES = ("runs/start", "runs/preview", "runs/resume")  # which begin one where all is well-formed
MINIMAL = {"id": "0" * 32, "key": "a" * 12, "name": "x", "job": "j0", "window": [0, 0, 1, 1], "options": {}}
schema = schemathesis.openapi.from_dict(described())


def test_every_endpoint_is_described_with_the_fields_that_it_knows(served: Served) -> None:
    """The server names the fields that it knows where it is asked for one that it does not."""
    assert list(BODIES) == list(ENDPOINTS)
    for name, body in BODIES.items():
        needed = {field: MINIMAL[field] for field in body["required"] if field in MINIMAL}
        more = {"verb": "quality"} if "verb" in body["properties"] else {}
        told = served.refused(name, **needed, **more, nosuch=1)[1]
        assert told.get("field") == "nosuch", (name, told)
        listed = re.search(r"there are (.*)$", told["message"])
        assert listed, (name, told)
        assert set(filter(None, listed[1].split(", "))) == set(body["properties"]), name


@schema.exclude(operation_id=list(PROCESSES)).parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_request_leads_to_an_error_of_the_server(case: Case[Any], served: Served) -> None:
    _sent(case, served)


@schema.include(operation_id=list(PROCESSES)).parametrize()
@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_form_leads_to_an_error_of_the_server(case: Case[Any], served: Served) -> None:
    _sent(case, served)


def _sent(case: Case[Any], served: Served) -> None:
    headers = {"Cookie": served.cookie, "Origin": f"http://127.0.0.1:{served.port}"}
    answer: Any = case.call(base_url=f"http://127.0.0.1:{served.port}", headers=headers)
    assert answer.status_code not in (500, 507), (answer.text, served.complaints()[-3000:])
    case.validate_response(answer, checks=[status_code_conformance, response_schema_conformance])


@pytest.fixture(scope="module", autouse=True)
def mapped(served: Served) -> None:
    """There is a map, so that its endpoints have something to draw."""
    assert served.waited(served.api("map/make", table="personas", field="text")["job"])["state"] == "done"
