"""S-26 on the running panel: no line of the web server holds a link as good as a password."""

from __future__ import annotations

from urllib.request import urlopen

import pytest

from tests.house import LOG, House
from tests.waiting import wait_until

TOKEN = "MTI:1w2x3y:a-token_of-a-mail"


@pytest.mark.parametrize(
    ("link", "written"),
    [
        (f"/account/confirm-email/{TOKEN}/", "GET /account/confirm-email/.../ 200"),
        (f"/account/password/reset/key/1-{TOKEN}/", "GET /account/password/reset/key/.../ 200"),
    ],
)
def test_the_line_of_a_request_holds_no_token(
    house: House, request: pytest.FixtureRequest, link: str, written: str
) -> None:
    log = request.config.stash[LOG]
    with urlopen(house.url + link) as page:
        assert page.status == 200
    wait_until(lambda: written in log.read_text())
    assert TOKEN not in log.read_text()
