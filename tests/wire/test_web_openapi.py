"""The API keeps what its OpenAPI document says, whatever schemathesis makes up from it."""

import asyncio

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from tests.wire.house import ADMIN

MADE_UP = 40
"""Requests for each operation, fitting and unfitting."""

LEFT_OUT = [ignored_auth, positive_data_acceptance]
"""
The first shows wrong tokens, until nothing more from its address is looked at.

The second takes each adapter and chat that fits the schema for one that exists.
"""


async def test_every_answer_is_as_the_document_says(house):
    status, document = await house.get_as(ADMIN, "/api/openapi.json")
    operations = [found.ok() for found in schemathesis.openapi.from_dict(document).get_all_operations()]
    answered = {operation.path: await asyncio.to_thread(_try, operation, house.url) for operation in operations}

    assert (200, 3) == (status, len(operations))
    assert [{200}, {200}] == [answered["/api/openapi.json"], answered["/api/status"]]
    assert 400 in answered["/api/messages"]
    assert 429 not in answered["/api/messages"]
    assert 200 == (await house.get("/healthz"))[0]


def _try(operation, url):
    answered = set()

    @settings(max_examples=MADE_UP, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def check(case):
        headers = {"Authorization": f"Bearer {ADMIN}"}
        answered.add(case.call_and_validate(base_url=url, headers=headers, excluded_checks=LEFT_OUT).status_code)

    check()
    return answered
