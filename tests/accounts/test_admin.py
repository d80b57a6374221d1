from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts import api_keys, cases, mail, switches
from accounts.models import ActLog, ApiKey, Case, KillSwitch, OutboundMail, User
from tests.accounts.door import is_in, page
from tests.cast import PASSWORD

SWITCHES = "/admin/accounts/killswitch/"
STATES = ("", "?state=open", "?state=closed")
OFF, ON = f"{SWITCHES}orders/off/", f"{SWITCHES}orders/on/"
USER, STANDING = "/admin/accounts/user/{}/change/", "/admin/accounts/user/{}/standing/"


@pytest.fixture
def root(terms: None) -> User:
    return User.objects.create_superuser("root@example.com", PASSWORD)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_an_operator_sees_people_but_neither_passwords_nor_rights(alice: User, olga: User) -> None:
    shown = page(browser(olga), USER.format(alice.pk))
    assert "alice@example.com" in shown
    assert alice.password not in shown
    assert "is_superuser" not in shown
    assert "algorithm" not in shown


def test_an_operator_cannot_make_himself_more(olga: User) -> None:
    form = {"is_superuser": "on", "is_staff": "on", "email": olga.email}
    assert browser(olga).post(USER.format(olga.pk), form).status_code == 403
    olga.refresh_from_db()
    assert not olga.is_superuser


def test_an_operator_suspends_a_customer_with_a_reason(alice: User, olga: User) -> None:
    victim, client = browser(alice), browser(olga)
    address = STANDING.format(alice.pk)
    assert client.post(address, {"standing": "suspended"}).status_code == 422
    answer = client.post(address, {"standing": "suspended", "reason": "AUP 3"})
    assert answer["Location"] == USER.format(alice.pk)
    alice.refresh_from_db()
    assert (alice.standing, alice.is_active) == ("suspended", False)
    assert not is_in(victim)
    assert ActLog.objects.get().actor == olga


def test_the_form_says_that_the_customer_reads_the_reason(alice: User, olga: User) -> None:
    client, address = browser(olga), STANDING.format(alice.pk)
    assert "The customer reads it in the mail" in page(client, address)
    client.post(address, {"standing": "suspended", "reason": "AUP 3"})
    assert "AUP 3" in OutboundMail.objects.get(recipient=alice.email).body


def test_who_may_not_change_standings_cannot(alice: User, sam: User, olga: User) -> None:
    form = {"standing": "suspended", "reason": "x"}
    assert browser(sam).post(STANDING.format(alice.pk), form).status_code == 403
    assert browser(olga).post(STANDING.format(sam.pk), form).status_code == 403
    assert browser(alice).post(STANDING.format(sam.pk), form).status_code in (302, 403)
    assert not User.objects.exclude(standing="active").exists()


def test_the_way_to_change_a_standing_is_shown_to_those_who_may(
    alice: User, sam: User, olga: User, root: User
) -> None:
    may = {
        (actor.email, person.email): STANDING.format(person.pk)
        in page(browser(actor), USER.format(person.pk))
        for actor in (sam, olga, root)
        for person in (alice, sam)
    }
    assert [pair for pair, is_shown in may.items() if is_shown] == [
        (olga.email, alice.email), (root.email, alice.email), (root.email, sam.email),
    ]  # fmt: skip


def test_a_new_person_a_new_password_and_a_changed_group_are_on_record(
    root: User, sam: User
) -> None:
    client = browser(root)
    passwords = {"password1": "a fine long phrase", "password2": "a fine long phrase"}
    form = {"email": "new@example.com", "usable_password": "true"} | passwords
    client.post("/admin/accounts/user/add/", form)
    client.post(f"/admin/accounts/user/{sam.pk}/password/", passwords | {"set-password": "1"})
    group = Group.objects.get(name="Support")
    client.post(f"/admin/auth/group/{group.pk}/change/", {"name": "Support", "permissions": []})
    acts = list(ActLog.objects.order_by("pk").values_list("act", "target", "actor"))
    added = User.objects.get(email="new@example.com")
    assert acts == [
        ("add user", f"user:{added.pk}", root.pk),
        ("set password", f"user:{sam.pk}", root.pk),
        ("change group", f"group:{group.pk}", root.pk),
    ]
    assert "fine long phrase" not in str(list(ActLog.objects.values_list("changes", flat=True)))


def test_an_e_mail_that_is_taken_is_refused_in_words(root: User, alice: User) -> None:
    form = {"email": "ALICE@example.com", "usable_password": "true"}
    passwords = {"password1": "a fine long phrase", "password2": "a fine long phrase"}
    answer = browser(root).post("/admin/accounts/user/add/", form | passwords)
    assert "has an account with this e-mail already" in answer.content.decode()


def test_new_rights_are_logged_and_begin_with_a_new_session(root: User, sam: User) -> None:
    there = browser(sam)
    form = {"is_staff": "on", "is_superuser": "on"}
    assert browser(root).post(USER.format(sam.pk), form).status_code == 302
    sam.refresh_from_db()
    assert sam.is_superuser
    assert not sam.groups.exists()
    assert not is_in(there)
    assert set(ActLog.objects.get().changes) == {"is_superuser", "groups"}


def test_a_superuser_adds_people(root: User) -> None:
    form = {"email": "New@Example.com", "usable_password": "true"}
    passwords = {"password1": "a fine long phrase", "password2": "a fine long phrase"}
    answer = browser(root).post("/admin/accounts/user/add/", form | passwords)
    assert answer.status_code == 302
    assert User.objects.filter(email="new@example.com").exists()


def test_a_key_is_looked_at_and_its_hash_is_not(alice: User, root: User, now: datetime) -> None:
    key, secret = api_keys.create(user=alice, name="bot", scope=ApiKey.Scope.READ, at=now)
    client = browser(root)
    shown = page(client, f"/admin/accounts/apikey/{key.pk}/change/")
    assert secret[:10] in shown
    assert secret not in shown
    assert key.digest not in shown
    assert client.post(f"/admin/accounts/apikey/{key.pk}/change/", {}).status_code == 403
    assert client.get("/admin/accounts/apikey/add/").status_code == 403


def test_only_superusers_read_the_text_of_a_mail(root: User, olga: User, now: datetime) -> None:
    letter = mail.write(
        key="k", recipient="alice@example.com", subject="Hello", body="the link", at=now
    )
    address = f"/admin/accounts/outboundmail/{letter.pk}/change/"
    assert "the link" in page(browser(root), address)
    shown = page(browser(olga), address)
    assert "Hello" in shown
    assert "the link" not in shown


def test_an_operator_closes_a_case_once(olga: User, now: datetime) -> None:
    case = cases.raise_case(kind=Case.Kind.ORDER_REVIEW, key="order:1", detail="no answer", at=now)
    client, address = browser(olga), f"/admin/accounts/case/{case.pk}/change/"
    client.post(address, {"resolution": "It was delivered.", "key": "order:2"})
    case.refresh_from_db()
    assert (case.resolution, case.key) == ("It was delivered.", "order:1")
    assert case.resolved_at is not None
    assert client.post(address, {"resolution": "Or not."}).status_code == 403
    assert ActLog.objects.get().reason == "It was delivered."


@pytest.mark.parametrize(
    ("kind", "key", "link", "words"),
    [
        (Case.Kind.ORDER_UNCERTAIN, "order:17", "/staff/orders/17/", "as soon as the order is"),
        (
            Case.Kind.PROVIDER_PAUSED,
            "provider:3",
            "/staff/catalogue/providers/3/",
            "when the provider is resumed",
        ),
    ],
)
def test_a_case_with_a_cause_closes_with_it_and_not_by_hand(
    olga: User, now: datetime, kind: Case.Kind, key: str, link: str, words: str
) -> None:
    case = cases.raise_case(kind=kind, key=key, detail="no answer", at=now)
    client, address = browser(olga), f"/admin/accounts/case/{case.pk}/change/"
    shown = page(client, address)
    assert f'href="{link}"' in shown
    assert words in shown
    assert client.post(address, {"resolution": "It was delivered."}).status_code == 403
    assert Case.objects.open().get() == case
    assert not ActLog.objects.exists()


def test_open_cases_come_first_and_can_be_had_alone(olga: User, now: datetime) -> None:
    for number in (1, 2, 3):
        at = now + timedelta(minutes=number)
        cases.raise_case(kind=Case.Kind.ORDER_REVIEW, key=f"order:{number}", detail="odd", at=at)
    cases.resolve_case(kind=Case.Kind.ORDER_REVIEW, key="order:1", resolution="Done.", at=now)
    client, address = browser(olga), "/admin/accounts/case/"
    numbers = [re.findall(r">Order (\d)<", page(client, address + asked)) for asked in STATES]
    assert numbers == [["2", "3", "1"], ["2", "3"], ["1"]]


@pytest.mark.parametrize(
    ("kind", "key", "link"),
    [
        (Case.Kind.ORDER_UNCERTAIN, "order:17", '<a href="/staff/orders/17/">Order 17</a>'),
        (Case.Kind.ORDER_REVIEW, "deposit:5", '5/change/">Deposit 5</a>'),
        (Case.Kind.ORDER_REVIEW, "books", ">books<"),
    ],
)
def test_a_list_of_cases_links_what_each_is_about_and_says_why_in_words(
    olga: User, now: datetime, kind: Case.Kind, key: str, link: str
) -> None:
    cases.raise_case(kind=kind, key=key, detail="not_json", at=now)
    shown = page(browser(olga), "/admin/accounts/case/")
    assert link in shown
    assert "The answer was not JSON" in shown


def test_an_operator_throws_a_switch(olga: User) -> None:
    client = browser(olga)
    assert client.post(OFF, {"reason": " "}).status_code == 422
    for reason in ("Back at noon.", "Back at one."):
        assert client.post(OFF, {"reason": reason})["Location"] == SWITCHES
    assert "Back at one." in page(client, SWITCHES)
    assert "Switch on: New orders" in page(client, OFF)
    assert client.get(ON)["Location"] == OFF
    client.post(ON)
    assert not KillSwitch.objects.exists()
    acts = list(ActLog.objects.order_by("pk").values_list("act", "reason"))
    assert acts == [
        ("switch off", "Back at noon."), ("switch off", "Back at one."), ("switch on", ""),
    ]  # fmt: skip


def test_every_part_is_in_the_list_and_off_reads_off(olga: User) -> None:
    switches.switch_off(part=KillSwitch.Part.API, reason="Moving house.", actor=olga)
    shown = page(browser(olga), SWITCHES)
    assert [str(part.label) in shown for part in KillSwitch.Part] == [True] * len(KillSwitch.Part)
    on = len(KillSwitch.Part) - 1
    assert (shown.count(">On</span>"), shown.count(">Off</span>")) == (on, 1)
    assert (shown.count("Switch off…"), shown.count("Switch on or")) == (on, 1)


def test_nobody_adds_or_deletes_the_row_behind_a_switch(olga: User, root: User) -> None:
    switch = switches.switch_off(part=KillSwitch.Part.API, reason="Moving house.", actor=olga)
    for person in (olga, root):
        client = browser(person)
        assert client.get(f"{SWITCHES}add/").status_code == 403
        assert client.post(f"{SWITCHES}{switch.pk}/delete/", {"post": "yes"}).status_code == 403
    assert KillSwitch.objects.exists()


def test_a_part_that_nobody_knows_is_missing(olga: User) -> None:
    assert browser(olga).get(f"{SWITCHES}everything/off/").status_code == 404


def test_the_desk_says_what_is_switched_off(olga: User, sam: User) -> None:
    assert "Switched off" not in page(browser(sam), "/staff/")
    switches.switch_off(part=KillSwitch.Part.ORDERS, reason="Moving house.", actor=olga)
    shown = page(browser(sam), "/staff/")
    assert "Switched off" in shown
    assert "Moving house." in shown
    assert SWITCHES not in shown
    assert SWITCHES in page(browser(olga), "/staff/")


def test_the_admin_says_in_which_zone_its_times_are(olga: User) -> None:
    assert "Times: UTC" in page(browser(olga), "/admin/")
    User.objects.filter(pk=olga.pk).update(time_zone="Europe/Rome")
    assert "Times: Europe/Rome" in page(browser(olga), "/admin/")


def test_support_reaches_no_mail_key_switch_or_log(sam: User) -> None:
    client = browser(sam)
    for model in ("outboundmail", "apikey", "killswitch", "actlog", "case"):
        assert client.get(f"/admin/accounts/{model}/").status_code == 403


@pytest.mark.parametrize(
    "model", ["user", "apikey", "outboundmail", "case", "killswitch", "actlog"]
)
def test_every_list_opens_without_inline_script_or_style(
    root: User, alice: User, now: datetime, model: str
) -> None:
    api_keys.create(user=alice, name="bot", scope=ApiKey.Scope.READ, at=now)
    answer = browser(root).get(f"/admin/accounts/{model}/?q=alice")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "<script>" not in text
    assert "style=" not in text


def test_a_case_does_not_close_without_a_word(olga: User, now: datetime) -> None:
    case = cases.raise_case(kind=Case.Kind.ORDER_REVIEW, key="order:7", detail="odd", at=now)
    browser(olga).post(f"/admin/accounts/case/{case.pk}/change/", {"resolution": ""})
    case.refresh_from_db()
    assert case.resolved_at is None
