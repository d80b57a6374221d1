"""The first order in five minutes, by following the page and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

from orders.api.examples import KEY_SAMPLE
from orders.api.parameters import ORDER
from tests.house import Browsing, House


def test_the_first_order_by_following_the_page(house: House, browser: Browsing) -> None:
    """Scripts off: log in, read, make the key by its form, and type what is shown."""
    page = browser.page(scripts="off")
    page.goto("/account/login/?next=/api/docs/")
    page.get_by_label("E-mail").fill(house.log_ins["customer"]["email"])
    page.get_by_label("Password", exact=True).fill(house.log_ins["customer"]["password"])
    page.get_by_role("button", name="Log in").click()
    commands = page.locator('pre[data-example="first"]').all_text_contents()
    page.get_by_role("link", name="Make a sandbox key").click()
    page.get_by_label("Name", exact=True).fill("my first key")
    page.get_by_label("For", exact=True).select_option("sandbox")
    page.get_by_role("button", name="Create key").click()
    (secret,) = re.findall(r"panel_[\w-]{32}", page.content())[:1]
    balance, placed = (typed(command, secret) for command in commands[:2])
    assert float(balance["balance"]) > 0
    report = typed(commands[2].replace(ORDER.sample, str(placed["order"])), secret)
    assert report["status"] in ("Pending", "In progress", "Completed")


def typed(command: str, secret: str) -> Any:
    shell = ["bash", "-c", command.replace(KEY_SAMPLE, secret) + " -sS"]
    answer = json.loads(subprocess.check_output(shell))
    assert "error" not in answer, answer
    return answer
