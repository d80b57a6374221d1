"""The page where staff decide an uncertain order: shown first, done when confirmed, told apart."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from orders.models import Order, Status, Submission
from orders.sending import forwarding
from services.models import Service
from tests.demo_provider.process import DemoProvider
from tests.factories import order
from tests.orders.pages import text_of
from wallet.balances import spendable_micros

CANDIDATE = "88123"


def page_of(order_id: int) -> str:
    return reverse("staff_orders:order_detail", args=[order_id])


def decide_address(order_id: int) -> str:
    return reverse("staff_orders:decide", args=[order_id])


def filled(doubted: Order, verdict: str, **fields: str) -> dict[str, str]:
    """What a browser sends of one of the three forms."""
    attempt = doubted.submissions.get(state=Submission.State.UNCERTAIN)
    form = {"verdict": verdict, "attempt": str(attempt.pk), "reason": "Asked them by mail today"}
    return form | ({"external_id": CANDIDATE} if verdict == "attach" else {}) | fields


VERDICTS = ("attach", "not_created", "refund")


@pytest.fixture
def doubted(alice: User, views: Service, upstream: DemoProvider) -> Order:
    """An order that the provider has; its answer got lost, but for a number that proves nothing."""
    found = order(alice, service=views, quantity=1000)
    upstream.fault("drop", stage="after")
    forwarding.forward(order_id=found.pk)
    Submission.objects.update(candidate_id=CANDIDATE)
    found.refresh_from_db()
    return found


def test_only_staff_with_the_right_may_decide(
    client: Client, alice: User, sam: User, doubted: Order
) -> None:
    address = decide_address(doubted.pk)
    sent = filled(doubted, "refund", step="do")
    assert client.post(address, sent)["Location"].startswith(reverse("account_login"))
    for person in (alice, sam):
        client.force_login(person)
        assert client.post(address, sent).status_code == 403
    doubted.refresh_from_db()
    assert doubted.status == Status.UNCERTAIN


def test_the_forms_are_shown_to_those_who_may_and_while_it_is_uncertain(
    client: Client, sam: User, olga: User, alice: User, doubted: Order
) -> None:
    title, settled = "Decide what became of it", order(alice)
    for person, about, is_shown in (
        (olga, doubted, True),
        (olga, settled, False),
        (sam, doubted, False),
    ):
        client.force_login(person)
        assert (title in text_of(client.get(page_of(about.pk)))) == is_shown


def test_the_named_number_is_filled_in(client: Client, olga: User, doubted: Order) -> None:
    client.force_login(olga)
    page = client.get(page_of(doubted.pk)).content.decode()
    assert f'name="external_id" value="{CANDIDATE}"' in page
    Submission.objects.update(candidate_id="[] <script>")
    page = client.get(page_of(doubted.pk)).content.decode()
    assert 'name="external_id" value' not in page


def test_looking_never_decides(client: Client, olga: User, doubted: Order) -> None:
    client.force_login(olga)
    for verdict in VERDICTS:
        asked = filled(doubted, verdict, step="do")
        answer = client.get(decide_address(doubted.pk), asked)
        assert answer["Location"] == page_of(doubted.pk) + "#decide"
    doubted.refresh_from_db()
    assert doubted.status == Status.UNCERTAIN


@pytest.mark.parametrize(
    ("verdict", "consequence"),
    [
        ("not_created", "sent once more"),
        ("not_created", "Send order {id} again?"),
        ("refund", "goes back to the customer's balance"),
        ("refund", "Cancel order {id} and refund $1.00?"),
    ],
)
def test_what_will_happen_is_said_before_it_does(
    client: Client, olga: User, doubted: Order, verdict: str, consequence: str
) -> None:
    client.force_login(olga)
    page = client.post(decide_address(doubted.pk), filled(doubted, verdict))
    words = text_of(page)
    assert page.status_code == 200
    for shown in (
        consequence.format(id=doubted.pk),
        "$1.00",
        "Asked them by mail today",
        "Go back",
    ):
        assert shown in words
    doubted.refresh_from_db()
    assert doubted.status == Status.UNCERTAIN


def test_going_back_keeps_what_was_typed(client: Client, olga: User, doubted: Order) -> None:
    client.force_login(olga)
    sent = filled(doubted, "refund", step="back")
    page = client.post(decide_address(doubted.pk), sent)
    assert (page.status_code, page.context["sent"]["reason"].value()) == (200, sent["reason"])
    doubted.refresh_from_db()
    assert doubted.status == Status.UNCERTAIN


@pytest.mark.parametrize("step", ["", "do"])
@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize(
    "broken",
    [{"reason": "too short"}, {"reason": "x" * 201}, {"attempt": "0"}, {"attempt": "9" * 40}],
)
def test_a_form_that_lacks_something_comes_back_filled(
    client: Client,
    olga: User,
    doubted: Order,
    verdict: str,
    broken: dict[str, str],
    step: str,
) -> None:
    client.force_login(olga)
    sent = filled(doubted, verdict, step=step) | broken
    page = client.post(decide_address(doubted.pk), sent)
    assert page.status_code == 422
    assert page.context["sent"]["reason"].value() == sent["reason"]
    doubted.refresh_from_db()
    assert doubted.status == Status.UNCERTAIN


@pytest.mark.parametrize("number", ["", "0", "-5", "1.5", "٣", "1" * 20, "abc", "1\n2"])
def test_what_is_no_number_is_never_asked_for(
    client: Client, olga: User, doubted: Order, number: str
) -> None:
    client.force_login(olga)
    sent = filled(doubted, "attach", external_id=number)
    page = client.post(decide_address(doubted.pk), sent)
    assert (page.status_code, list(page.context["sent"].errors)) == (422, ["external_id"])


@pytest.mark.parametrize("step", ["", "do"])
def test_a_provider_that_cannot_be_asked_is_an_error_beside_its_number(
    client: Client, olga: User, doubted: Order, upstream: DemoProvider, step: str
) -> None:
    client.force_login(olga)
    upstream.fault("drop", action="status")
    sent = filled(doubted, "attach", step=step)
    page = client.post(decide_address(doubted.pk), sent)
    assert (page.status_code, list(page.context["sent"].errors)) == (422, ["external_id"])
    assert "did not answer" in text_of(page)
    assert upstream.key not in page.content.decode()


@pytest.mark.parametrize("sent", [{}, {"verdict": "delete"}, {"verdict": ["a", "b"]}])
def test_no_verdict_leads_back_to_the_forms(
    client: Client, olga: User, doubted: Order, sent: dict[str, str]
) -> None:
    client.force_login(olga)
    answer = client.post(decide_address(doubted.pk), sent)
    assert answer["Location"] == page_of(doubted.pk) + "#decide"


def test_an_operator_refunds_and_the_next_one_is_told(
    client: Client, olga: User, alice: User, doubted: Order
) -> None:
    before = spendable_micros(customer_id=alice.pk)
    client.force_login(olga)
    sent = filled(doubted, "refund", step="do")
    done = client.post(decide_address(doubted.pk), sent, follow=True)
    assert "the whole charge is back" in text_of(done)
    assert spendable_micros(customer_id=alice.pk) == before + doubted.charge_micros
    late = client.post(decide_address(doubted.pk), sent | {"verdict": "not_created"}, follow=True)
    for told in ("olga@example.com decided first", "given up", "Asked them by mail today"):
        assert told in text_of(late)
    doubted.refresh_from_db()
    assert doubted.status == Status.CANCELED


def test_an_order_that_never_was_uncertain_has_nothing_to_decide(
    client: Client, olga: User, alice: User
) -> None:
    client.force_login(olga)
    settled = order(alice)
    answer = client.post(decide_address(settled.pk), {"verdict": "refund"}, follow=True)
    assert "this order is not uncertain" in text_of(answer)


def test_an_operator_attaches_the_number_that_the_provider_confirms(
    client: Client, olga: User, doubted: Order, upstream: DemoProvider
) -> None:
    number = str(upstream.orders()[-1]["number"])
    client.force_login(olga)
    sent = filled(doubted, "attach", external_id=number)
    asked = client.post(decide_address(doubted.pk), sent)
    assert "The provider says Pending" in text_of(asked)
    assert number in text_of(asked)
    done = client.post(decide_address(doubted.pk), sent | {"step": "do"}, follow=True)
    assert "is followed at the provider" in text_of(done)
    doubted.refresh_from_db()
    assert (doubted.status, doubted.external_id) == (Status.PENDING, number)


def test_more_remaining_there_than_was_ordered_here_is_pointed_out(
    client: Client, olga: User, doubted: Order, upstream: DemoProvider
) -> None:
    number = str(upstream.orders()[-1]["number"])
    client.force_login(olga)
    for remains, is_pointed_out in ((1000, False), (1001, True)):
        upstream.set_report(number, {"remains": str(remains)})
        page = client.post(
            decide_address(doubted.pk), filled(doubted, "attach", external_id=number)
        )
        assert ("hardly the same order" in text_of(page)) == is_pointed_out
