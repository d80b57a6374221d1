import re
from dataclasses import replace
from typing import Any

import pytest

from legal.comparison import compare
from legal.defaults import DEFAULT_DOCUMENTS
from legal.policy import Policy
from legal.presets import PRESETS
from legal.rendering import to_html
from legal.wording import BadWording, fill

DOCUMENTS = {default.slug: default.read()[1] for default in DEFAULT_DOCUMENTS}
NO_WITHDRAWAL = "not paid back to a card"


def printed(slug: str, preset: str) -> str:
    return fill(body=DOCUMENTS[slug], policy=PRESETS[preset])


def filled(body: str, **settings: Any) -> str:
    return fill(body=body, policy=replace(Policy(), **settings)).rstrip("\n")


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("slug", DOCUMENTS)
def test_a_default_document_prints_completely_under_every_preset(slug, preset):
    text = printed(slug, preset)
    assert "{%" not in text
    assert "{{" not in text
    assert "policy." not in text
    assert "no limit" not in text
    assert text.count("## ") == DOCUMENTS[slug].count("## ")
    assert [line for line in text.splitlines() if line.startswith("## ")]


@pytest.mark.parametrize("slug", DOCUMENTS)
def test_a_documents_sections_are_numbered_the_same_under_every_preset(slug):
    headings = {
        tuple(line for line in printed(slug, preset).splitlines() if line.startswith("## "))
        for preset in PRESETS
    }
    assert len(headings) == 1
    numbers = [int(heading.split()[1].rstrip(".")) for heading in headings.pop()]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    ("slug", "preset", "said", "not_said"),
    [
        ("refunds", "eu_consumer", [NO_WITHDRAWAL, "You cannot cancel"], ["within 14 days of"]),
        ("refunds", "white_label", ["Staff decide", "later than 7 days"], ["seconds"]),
        (
            "refunds",
            "money_back",
            [
                "at any time",
                "at least 5.00 USD",
                "48 hours",
                "no fee",
                "or by a ticket",
                "may then",
            ],
            ["fee for", "within 14 days of"],
        ),
        (
            "refunds",
            "deposit_window",
            ["within 14 days of", "deducted once", "It leads to the form", "no such limit"],
            ["at least", "may then pay in another way"],
        ),
        ("refunds", "balance_only", [NO_WITHDRAWAL, "only when its page offers"], ["seconds"]),
        (
            "terms",
            "eu_consumer",
            ["within 12 months", "30 days and 7 days before", "at your own risk"],
            ["is forfeited", "has no end."],
        ),
        ("terms", "white_label", ["Using this site means"], ["when you register"]),
        (
            "terms",
            "money_back",
            ["up to 15.00 USD", "closed for good", "You owe what is missing"],
            ["is forfeited", "expires", "We bear the rest"],
        ),
        ("terms", "deposit_window", ["we ask you to accept", "Adding money"], ["expires"]),
        (
            "terms",
            "balance_only",
            ["when you register", "is forfeited", "We bear the rest", "Orders that suppliers have"],
            ["expires", "we ask you to", "You owe", "closed for good"],
        ),
        ("privacy", "eu_consumer", ["6 months after it has finished"], ["as long as your account"]),
        ("privacy", "balance_only", ["as long as your account"], ["months after it has"]),
    ],
)
def test_a_document_says_what_the_preset_does(slug, preset, said, not_said):
    text = printed(slug, preset)
    assert [sentence for sentence in said if sentence not in text] == []
    assert [sentence for sentence in not_said if sentence in text] == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"withdraw_fee": "pro_rata"}, "deducted in proportion"),
        ({"withdraw_cancel_bonus": False}, "- Bonuses are never paid out."),
        ({"withdraw_order_refunds_exempt": False}, "for what is left of that deposit.\n- Your"),
        ({"bonus_clawback_spent": "deduct"}, "What you have spent of that bonus is deducted"),
        ({"wallet_spend_order": "bonus_first"}, "bonuses first and money after them"),
        ({"chargeback_suspend": False}, "reversed:\n\n- Its orders"),
    ],
)
def test_a_value_that_no_preset_has_is_said_too(settings, said):
    pages = [fill(body=body, policy=replace(Policy(), **settings)) for body in DOCUMENTS.values()]
    assert [said in page for page in pages].count(True) == 1


def test_no_default_document_links_to_the_closed_dispute_platform():
    """And none that does can be published (LEG-17)."""
    assert not any("consumers/odr" in body for body in DOCUMENTS.values())
    with pytest.raises(BadWording, match="closed"):
        filled("[Complain](https://ec.europa.eu/consumers/odr)")


def test_a_section_is_shown_or_not():
    body = "a{% if policy.withdraw_enabled %}b{% else %}c{% endif %}d"
    assert filled(body, withdraw_enabled=True) == "abd"
    assert filled(body, withdraw_enabled=False) == "acd"
    assert filled("{% if not policy.order_undo_seconds %}x{% endif %}", order_undo_seconds=0) == "x"


def test_sections_may_stand_inside_sections():
    body = (
        "{% if policy.withdraw_enabled %}1{% if policy.withdraw_fee is none %}2{% else %}3"
        "{% endif %}4{% else %}5{% if policy.withdraw_fee is none %}6{% endif %}7{% endif %}8"
    )
    assert filled(body, withdraw_enabled=True, withdraw_fee="none") == "1248"
    assert filled(body, withdraw_enabled=True, withdraw_fee="pro_rata") == "1348"
    assert filled(body, withdraw_enabled=False, withdraw_fee="none") == "5678"


def test_a_choice_and_a_set_can_be_asked():
    assert filled("{% if policy.order_cancel_refund is full %}x{% endif %}") == "x"
    assert filled("{% if policy.order_cancel_refund is not full %}x{% endif %}") == ""
    assert filled("{% if policy.legal_points has access %}x{% else %}y{% endif %}") == "y"


def test_a_tag_on_a_line_of_its_own_takes_the_line_with_it():
    body = "- a\r\n{% if policy.withdraw_enabled %}\r\n- b\r\n{% endif %}\r\n- c\r\n"
    assert filled(body) == "- a\n- b\n- c"
    assert filled(body, withdraw_enabled=False) == "- a\n- c"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("{{ policy.colour }}", "policy.colour"),
        ("{{ policy.__class__ }}", "policy.__class__"),
        ("{{ policy.to_json }}", "policy.to_json"),
        ("{% if policy.colour %}x{% endif %}", "policy.colour"),
        ("{% if policy.withdraw_fee is blue %}x{% endif %}", "never blue"),
        ("{% if policy.legal_points has blue %}x{% endif %}", "never blue"),
        ("{% if policy.age_min is full %}x{% endif %}", "cannot be asked"),
        ("{% if policy.withdraw_fee has none %}x{% endif %}", "cannot be asked"),
        ("{% if policy.age_min %}x", "without {% endif %}"),
        ("x{% endif %}", "{% endif %} without"),
        ("{% else %}x", "{% else %} without"),
        ("{% if policy.age_min %}{% else %}{% else %}{% endif %}", "{% else %} without"),
        ("{% if policy.bonus_clawback_spent is deduct %}{{ policy.x }}{% endif %}", "policy.x"),
    ],
)
def test_a_mistake_in_the_wording_is_refused(body, problem):
    with pytest.raises(BadWording) as refusal:
        filled(body)
    assert problem in str(refusal.value)


LITERALS = [
    "{{7*7}}",
    "{{ 7*7 }}",
    "{% debug %}",
    "{% load static %}",
    "{% include 'admin/base.html' %}",
    "{{ settings.SECRET_KEY }}",
    "{{policy.age_min}}",
    "{{ policy.age_min|safe }}",
    "{{ policy.age_min.__class__ }}",
    "{{ policy['age_min'] }}",
    "{% if user.is_staff %}",
    "{# comment #}",
    "${7*7} #{7*7} <%= 7*7 %> {{{7*7}}}",
    "%(policy)s {policy} {0.__class__}",
]


@pytest.mark.parametrize("literal", LITERALS)
def test_a_foreign_template_stays_as_it_was_written(literal):
    assert filled(f"before {literal} after") == f"before {literal} after"


def test_a_printed_value_is_not_read_again():
    policy = replace(Policy(), withdraw_payout_text="soon (policy.age_min)")
    assert (
        fill(body="{{ policy.withdraw_payout_text }}", policy=policy) == "soon (policy.age_min)\n"
    )


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "![x](https://tracker.example/pixel)",
        "<style>*{display:none}</style>",
        "[x](//evil.example 'a\" onmouseover=\"alert(1)')",
        "<iframe src=//evil.example></iframe>",
    ],
)
def test_markdown_never_becomes_active(hostile):
    html = to_html(hostile)
    assert set(re.findall(r"<(\w+)", html)) <= {"p", "a"}
    assert set(re.findall(r"<a ([a-z]+)=", html)) <= {"href", "title", "rel"}
    assert not re.search(r'href="(?!//evil)', html)


def test_headings_begin_at_the_second_level():
    assert to_html("# Title\n\n## Section") == "<h2>Title</h2>\n<h2>Section</h2>\n"


def spans_of(*, old: str, new: str) -> list[list[tuple[str, str]]]:
    return [[(s.mark, s.text) for s in passage.spans] for passage in compare(old=old, new=new)]


def test_a_comparison_shows_words_in_their_sentence_under_their_heading():
    old = "## A\n\nOne.\n\n## B\n\nWithin 14 days.\n\nTwo.\n\n## C\n\nThree."
    passages = compare(old=old, new=old.replace("14", "30"))
    assert [passage.is_heading for passage in passages] == [True, False]
    assert spans_of(old=old, new=old.replace("14", "30")) == [
        [("same", "B")],
        [("same", "Within "), ("removed", "14"), ("added", "30"), ("same", " days.")],
    ]


def test_a_comparison_shows_passages_that_came_and_went():
    assert spans_of(old="One.\n\nTwo.", new="One.\n\nTwo.\n\n## New\n\nThree.") == [
        [("added", "New")],
        [("added", "Three.")],
    ]
    assert spans_of(old="One.\n\nTwo.", new="Two.") == [[("removed", "One.")]]
    assert spans_of(old="", new="One.") == [[("added", "One.")]]


def test_a_comparison_shows_a_changed_link_and_a_renamed_heading():
    assert spans_of(old="See [it](/a/) now.", new="See [it](/b/) now.") == [
        [("same", "See it "), ("removed", "(/a/)"), ("added", "(/b/)"), ("same", " now.")]
    ]
    assert spans_of(old="## 1. Old", new="## 1. New") == [
        [("same", "1. "), ("removed", "Old"), ("added", "New")]
    ]


@pytest.mark.parametrize("slug", DOCUMENTS)
def test_equal_texts_have_no_difference_and_others_lose_no_word(slug):
    old, new = printed(slug, "money_back"), printed(slug, "eu_consumer")
    assert compare(old=old, new=old) == []
    shown = {
        word for passage in spans_of(old=old, new=new) for _m, t in passage for word in t.split()
    }
    plain = {word for word in set(new.split()) ^ set(old.split()) if "](" not in word}
    assert {word.strip("*") for word in plain} <= {word.strip("*") for word in shown}
