"""SIGKILL of a real worker at every moment of a payout: the gateway's own count is the proof."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.utils import timezone

from accounts.models import User
from smmpanel.embedded.runtime import PROJECT
from tests.databases import TestDatabase
from tests.factories import MICROS
from tests.fake_stripe.process import FakeStripe
from tests.waiting import wait_until
from tests.wallet.notices import paid_at_page
from tests.wallet.withdrawals.scenes import approved, cash
from wallet import verification
from wallet.models import Payout, Transfer

WORKER, NAIVE = "tests.wallet.withdrawals.paying_worker", "tests.wallet.withdrawals.naive_worker"
State = Payout.State


@contextmanager
def running(module: str, environ: dict[str, str], minutes: int = 0) -> Iterator[None]:
    """The process, killed with SIGKILL at the end of the block."""
    command = [sys.executable, "-m", module, str(minutes)]
    process = subprocess.Popen(
        command, cwd=PROJECT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def environ(fresh_db: TestDatabase, stripe: FakeStripe) -> dict[str, str]:
    return fresh_db.environ | {"STRIPE_SECRET_KEY": stripe.key, "STRIPE_API_BASE": stripe.url}


@pytest.fixture
def payout(environ: dict[str, str], stripe: FakeStripe, alice: User) -> Payout:
    deposit = paid_at_page(stripe, alice, 50 * MICROS)
    return approved(alice, deposit, 40 * MICROS, at=timezone.now())


def asked(stripe: FakeStripe) -> int:
    return sum(
        one["method"] == "POST" and one["path"] == "/v1/refunds" for one in stripe.requests()
    )


def state() -> str:
    return str(Payout.objects.get().state)


# Where the first worker dies, and what makes that moment long enough to hit.
MOMENTS: dict[str, tuple[str, Callable[[FakeStripe], bool]]] = {
    "before the gateway has it": ("before", lambda _stripe: state() == State.SENDING),
    "after the gateway did it": ("after", lambda stripe: len(stripe.objects("refund")) == 1),
    "after it was noted": ("after", lambda _stripe: state() in (State.SENT, State.SUCCEEDED)),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_worker_neither_pays_twice_nor_forgets(
    moment: str, payout: Payout, stripe: FakeStripe, environ: dict[str, str], alice: User
) -> None:
    stage, dies = MOMENTS[moment]
    stripe.fault("latency", route="POST /v1/refunds", stage=stage, seconds=1.5)
    with running(WORKER, environ):
        wait_until(lambda: dies(stripe))
    with running(WORKER, environ, minutes=10):
        wait_until(lambda: state() == State.SUCCEEDED)
    (refund,) = stripe.objects("refund")
    assert refund["amount"] == 3825
    assert cash(alice) == 10 * MICROS
    assert Transfer.objects.filter(kind="withdrawal").count() == 1
    assert [finding.name for finding in verification.verify() if not finding.is_ok] == []


def test_the_same_kill_makes_a_naive_worker_pay_twice(
    payout: Payout, stripe: FakeStripe, environ: dict[str, str]
) -> None:
    for kills in range(1, 3):
        stripe.fault("latency", route="POST /v1/refunds", stage="after", seconds=60)
        with running(NAIVE, environ):
            wait_until(lambda count=kills: len(stripe.objects("refund")) == count)  # type: ignore[misc]
    assert state() == State.APPROVED
    assert len(stripe.objects("refund")) == 2
