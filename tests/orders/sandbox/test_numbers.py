"""Numbers of played orders."""

import pytest
from django.db import connection

from orders.models.sandbox import FIRST_NUMBER


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["orders_sandboxorder", "orders_sandboxrequest"])
def test_played_orders_and_requests_have_numbers_of_their_own(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')::regclass::text", [table])
        (sequence,) = cursor.fetchone()
        cursor.execute("SELECT start_value FROM pg_sequences WHERE sequencename = %s", [sequence])
        assert cursor.fetchone() == (FIRST_NUMBER,)
