"""The gateway's own pages, as plain forms: paying a session, answering an issuer's question."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import urlencode, urlsplit

from smmpanel.fake_stripe import cards, checkout, money, paying, setup_intents
from smmpanel.fake_stripe.account import Account
from smmpanel.fake_stripe.errors import Declined, Refused
from smmpanel.fake_stripe.reply import Reply
from smmpanel.fake_stripe.sessions import KIND, PAGES
from smmpanel.fake_stripe.store import Body

AUTHENTICATION = "/authenticate/"
STYLES = "/assets/page.css"
STYLE_SHEET = Path(__file__).with_name("page.css").read_bytes()
METHODS = {
    "card": "pm_card_visa",
    "declined": "pm_card_visa_chargeDeclined",
    "authenticated": "pm_card_authenticationRequired",
    "bank": cards.BANK,
    "disputed": "pm_card_createDispute",
    "asked": "pm_card_createDisputeInquiry",
    "warned": "pm_card_createIssuerFraudRecord",
    "unrefundable": "pm_card_refundFail",
}
LABELS = {
    "card": "Pay by test card",
    "authenticated": "Pay by a test card that asks its holder each time",
    "declined": "Pay by a test card that is declined",
    "bank": "Pay from a slow bank account",
    "abandon": "Go back without paying",
}
# What the payment brings afterwards.
LATER_LABELS = {
    "disputed": "Pay; the bank takes it back",
    "asked": "Pay; the bank asks about it",
    "warned": "Pay; the card is reported stolen",
    "unrefundable": "Pay; a refund fails after three days",
}
PAGE = Template(
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title><link rel="stylesheet" href="$styles"></head>
<body><main><h1>$title</h1>
<p class="notice">This page is a demonstration. No real money moves, and no card is asked for.</p>
$content
</main></body></html>
"""
)


def answer(account: Account, *, method: str, path: str, form: Mapping[str, str]) -> Reply:
    """The page at this address, or where a pressed button leads. Raises Refused for no page."""
    if path == STYLES and method == "GET":
        return Reply(body=STYLE_SHEET, headers={"Content-Type": "text/css; charset=utf-8"})
    for prefix, show, press in (
        (PAGES, _checkout, _press_checkout),
        (AUTHENTICATION, _question, _press_question),
    ):
        if path.startswith(prefix):
            name = path.removeprefix(prefix)
            with account.transaction():
                if method == "GET":
                    return show(account, name, "")
                return press(account, name, form.get("act", ""))
    raise Refused("There is no such page.", status=404)


def _checkout(account: Account, name: str, problem: str) -> Reply:
    session = account.get(KIND, name)
    if session["status"] != "open":
        text = "<p>This payment page has been used or has expired.</p>"
        return _page("This page is closed", text, status=410 if not problem else 409)
    items = "".join(f"<li>{escape(item['description'])}</li>" for item in session["_items"])
    amount = money.written(session["amount_total"], session["currency"])
    complaint = f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else ""
    content = f'{complaint}<ul>{items}</ul><p class="amount">{amount}</p>{_form(session)}'
    leads_to = [session["success_url"], session["cancel_url"]]
    return _page("Pay", content, status=402 if problem else 200, leads_to=leads_to)


def _form(session: Body) -> str:
    offered = [act for act in LABELS if act in METHODS or session["cancel_url"]]
    if cards.BANK not in session["payment_method_types"]:
        offered.remove("bank")
    buttons = "".join(_button(act, LABELS[act], is_first=act == "card") for act in offered)
    later = "".join(_button(act, text, is_first=False) for act, text in LATER_LABELS.items())
    trouble = f"<details><summary>Payments that make trouble later</summary>{later}</details>"
    return f'<form method="post">{buttons}{trouble}</form>'


def _press_checkout(account: Account, name: str, act: str) -> Reply:
    session = account.get(KIND, name)
    if act == "abandon" and session["cancel_url"]:
        return _redirect(session["cancel_url"])
    if act not in METHODS:
        raise Refused("There is no such button.")
    if session["status"] != "open":
        return _checkout(account, name, "closed")
    try:
        paid = checkout.pay(account, name, method=METHODS[act])
    except Declined as declined:
        return _checkout(account, name, f"{declined} Nothing was taken. Try another way to pay.")
    return _redirect(checkout.return_address(paid))


def _question(account: Account, name: str, _: str) -> Reply:
    intent = _asked(account, name)
    buttons = _button("succeeded", "It is me", is_first=True)
    buttons += _button("failed", "It is not me", is_first=False)
    content = '<p>The bank of the card asks whether it is you.</p><form method="post">'
    return _page(
        "Confirm that it is you", f"{content}{buttons}</form>", leads_to=[_return_url(intent)]
    )


def _press_question(account: Account, name: str, act: str) -> Reply:
    intent = _asked(account, name)
    back = _return_url(intent)
    if act not in {"succeeded", "failed"}:
        raise Refused("There is no such button.")
    answered = (
        paying.authenticate if intent["object"] == "payment_intent" else setup_intents.authenticate
    )
    answered(account, name, outcome=act)
    told = {
        intent["object"]: name,
        f"{intent['object']}_client_secret": intent["client_secret"],
        "redirect_status": act,
    }
    return _redirect(f"{back}{'&' if urlsplit(back).query else '?'}{urlencode(told)}")


def _asked(account: Account, name: str) -> Body:
    found = account.store.find(name)
    if found is None or found.get("status") != "requires_action":
        raise Refused("Nothing is asked here any more.", status=404)
    return found


def _return_url(intent: Body) -> str:
    return str(intent["next_action"].get("redirect_to_url", {}).get("return_url", ""))


def _button(act: str, label: str, *, is_first: bool) -> str:
    look = ' class="first"' if is_first else ""
    return f'<button type="submit" name="act" value="{act}"{look}>{escape(label)}</button>'


def _page(
    title: str, content: str, *, status: int = 200, leads_to: list[str | None] | None = None
) -> Reply:
    body = PAGE.substitute(title=title, styles=STYLES, content=content).encode()
    return Reply(status=status, body=body, headers=_headers(leads_to or []))


def _headers(leads_to: list[str | None]) -> dict[str, str]:
    """Browsers hold a form's redirect, too, to `form-action`."""
    parts = [urlsplit(address) for address in leads_to if address]
    origins = sorted({f"{part.scheme}://{part.netloc}" for part in parts})
    targets = " ".join(["'self'", *origins])
    policy = f"default-src 'none'; style-src 'self'; form-action {targets}; base-uri 'none'"
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": f"{policy}; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


def _redirect(address: str) -> Reply:
    return Reply(status=303, headers={"Location": address})
