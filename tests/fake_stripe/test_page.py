"""The hosted page as a browser without scripts uses it."""

import http.client
from urllib.parse import urlencode, urlsplit

import pytest


@pytest.fixture
def session(api, session_params):
    return api.checkout.sessions.create(session_params)


@pytest.fixture
def browse():
    def browse(address, act=None):
        parts = urlsplit(address)
        connection = http.client.HTTPConnection(parts.netloc, timeout=20)
        body = urlencode({"act": act}) if act else None
        connection.request("POST" if act else "GET", parts.path, body=body)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return response.status, response.headers, text

    return browse


def test_the_page_says_what_it_is_and_what_to_pay(browse, session):
    status, _, text = browse(session.url)
    assert status == 200
    assert "No real money moves" in text
    assert "50.00 USD" in text
    for act in ("card", "declined", "authenticated", "bank", "abandon"):
        assert f'value="{act}"' in text


def test_the_page_runs_no_script_and_may_lead_only_to_the_shop(browse, session):
    _, headers, text = browse(session.url)
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:1;" in policy
    assert "frame-ancestors 'none'" in policy
    for forbidden in ("<script", "style=", "onclick"):
        assert forbidden not in text


def test_its_styles_come_from_itself(browse, fake):
    status, headers, text = browse(f"{fake.url}/assets/page.css")
    assert (status, headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert "button" in text


def test_paying_leads_to_the_success_address_with_the_session(api, browse, session):
    status, headers, _ = browse(session.url, "card")
    assert status == 303
    assert headers["Location"].endswith(f"/wallet/deposits/5/?session={session.id}")
    assert api.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_a_declined_card_is_told_and_the_page_stays(api, browse, session):
    status, _, text = browse(session.url, "declined")
    assert status == 402
    assert "Your card was declined. Nothing was taken." in text
    assert 'value="card"' in text
    assert api.checkout.sessions.retrieve(session.id).status == "open"
    assert browse(session.url, "card")[0] == 303


def test_a_slow_bank_leads_to_the_success_address_unpaid(api, browse, session):
    assert browse(session.url, "bank")[0] == 303
    found = api.checkout.sessions.retrieve(session.id)
    assert (found.status, found.payment_status) == ("complete", "unpaid")


def test_leaving_leads_to_the_cancel_address_and_pays_nothing(api, browse, session):
    status, headers, _ = browse(session.url, "abandon")
    assert (status, headers["Location"]) == (303, "http://127.0.0.1:1/wallet/top-up/")
    assert api.checkout.sessions.retrieve(session.id).status == "open"


def test_the_bank_is_offered_only_where_it_is_allowed(api, browse, session_params):
    session_params["allowed_payment_method_types"] = ["card"]
    session = api.checkout.sessions.create(session_params)
    assert 'value="bank"' not in browse(session.url)[2]
    assert browse(session.url, "bank")[0] == 400


def test_a_used_page_is_closed_and_takes_nothing_twice(browse, fake, session):
    browse(session.url, "card")
    assert browse(session.url)[0] == 410
    assert browse(session.url, "card")[0] == 409
    assert len(fake.objects("charge")) == 1


def test_unknown_pages_and_buttons_are_refused(browse, fake, session):
    assert browse(f"{fake.url}/c/pay/cs_test_nothing")[0] == 404
    assert browse(f"{fake.url}/")[0] == 404
    assert browse(session.url, "steal")[0] == 400


def test_the_issuers_question_is_answered_at_a_page(api, browse, buy):
    intent = buy(card="pm_card_authenticationRequired", return_url="http://127.0.0.1:1/back/?a=1")
    address = intent.next_action.redirect_to_url.url
    assert "asks whether it is you" in browse(address)[2]
    status, headers, _ = browse(address, "succeeded")
    assert status == 303
    assert headers["Location"].startswith(
        f"http://127.0.0.1:1/back/?a=1&payment_intent={intent.id}"
    )
    assert api.payment_intents.retrieve(intent.id).status == "succeeded"
    assert browse(address)[0] == 404
