"""What a person would type: the forms of a crawl with their empty fields filled in."""

from __future__ import annotations

from urllib.parse import urlsplit

from tests import cast
from tests.security.crawling import Crawl
from tests.security.htmlforms import Field, Form
from tests.security.world import ALICE, NOBODY, ROOT, SAM, World

ANSWERS = {
    "amount": "5",
    "average_minutes": "10",
    "code": "",  # of a promotion: none
    "below": "5",
    "calls_per_minute": "600",
    "cost_micros": "0.5",
    "currency": "eur",
    "email": "new@example.com",
    "external_id": "77",
    "link": "https://example.com/p/3",
    "login": "alice@example.com",
    "max_quantity": "1000",
    "min_quantity": "10",
    "month_limit": "100",
    "overrides": '{"order.undo_seconds": 20}',
    "new_key": "k" * 32,
    "networks": "203.0.113.7",
    "number": "1",
    "quantity": "100",
    "rate_micros": "1.50",
    "since": "2026-01-31",
    "slug": "a-page",
    "time_zone": "Berlin",
    "country": "DE",
    "url": "https://provider.example/api/v2",
}
# Their effect is not of the kind that these tests look at: log-outs and other people's passwords.
LEFT_OUT = ("/account/logout/", "/admin/logout/")


def filled(form: Form, world: World) -> dict[str, str]:
    values = {one.name: one.value.strip() or _answer(one, world) for one in form.fields}
    if "signup" in form.action:
        values |= {"accepts": "on", "is_of_age": "on"}
    if "shown_bonus" in form.names:
        values |= {"accepts": "on", "step": ""}  # on to the payment, not only the sum
    if "month_limit" in form.names:  # a card that is charged by itself
        values |= {"agree": "on"}
    if {"what", "note"} <= set(form.names):  # money back: all of it, without sums of top-ups
        values = {
            name: "" if name.startswith("deposit_") else value for name, value in values.items()
        }
        values["what"] = "all"
    if {"scopes", "days"} <= set(form.names):  # a key for the Admin API
        values |= {"scopes": "orders:read"}
    if "preset" in form.names and "overrides" in form.names:
        values["preset"] = ""  # the settings as they are
    return {name: value for name, value in values.items() if name not in ("act", "_continue")}


def _answer(one: Field, world: World) -> str:
    if one.name.startswith("alternatives-"):
        return ""  # rows that may be added below a service
    if one.kind == "password":
        is_new = one.name.startswith("new_") or one.name in ("password1", "password2")
        return ANSWERS.get(one.name) or ("another long passphrase" if is_new else cast.PASSWORD)
    if one.name in ("customer", "user"):
        return str(world.people[ALICE].pk)
    if one.name in ("service", "provider_service"):
        return str(world.service.pk)
    if one.name == "lines":  # of a mass order
        return f"{world.service.pk}|https://example.com/p/4|100"
    return ANSWERS.get(one.name, "A few words")


def posting(crawls: dict[str, Crawl]) -> list[tuple[str, Form]]:
    """Every form that changes something, with who fills it in: customers' forms by alice, the
    desk's by sam, all of the admin by a superuser, the door's by nobody yet.

    Of several that differ only in what is chosen already, such as the admin's for adding and for
    changing, the one with the most fields.
    """
    places = {NOBODY: "/account/", ALICE: "/", SAM: "/staff/", ROOT: "/admin/"}
    found: dict[tuple[str, ...], tuple[str, Form]] = {}
    for role, place in places.items():
        for form in crawls[role].forms.values():
            is_wanted = form.method == "post" and form.action.startswith(place)
            if not is_wanted or form.action.startswith(LEFT_OUT) or not _is_writable(form):
                continue
            known = found.get(_sort_of(role, form))
            if known is None or len(known[1].fields) < len(form.fields):
                found[_sort_of(role, form)] = role, form
    return list(found.values())


def _is_writable(form: Form) -> bool:
    """The admin puts what can only be read into a form, too: without fields or a button."""
    is_read_only = any(one.name.endswith("-TOTAL_FORMS") for one in form.fields)
    return bool(form.fields) and ("_save" in form.names or not is_read_only)


def _sort_of(role: str, form: Form) -> tuple[str, ...]:
    path = urlsplit(form.action).path
    if role != ROOT:
        return role, path
    written = sorted({one.name for one in form.fields if one.is_text})
    return role, *path.split("/")[2:4], *written
