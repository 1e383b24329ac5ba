"""The API keeps what its OpenAPI document says, whatever schemathesis makes up from it."""

import asyncio

import schemathesis
from hypothesis import HealthCheck, given, settings

from tests.wire.house import ADMIN

MADE_UP = 40
"""Requests for each operation, fitting and unfitting."""


async def test_every_answer_is_as_the_document_says(house):
    status, document = await house.get_as(ADMIN, "/api/openapi.json")
    operations = [found.ok() for found in schemathesis.openapi.from_dict(document).get_all_operations()]
    for operation in operations:
        await asyncio.to_thread(_try, operation, house.url)

    assert (200, 3) == (status, len(operations))
    assert 200 == (await house.get("/healthz"))[0]


def _try(operation, url):
    @settings(max_examples=MADE_UP, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def check(case):
        case.call_and_validate(base_url=url, headers={"Authorization": f"Bearer {ADMIN}"})

    check()
