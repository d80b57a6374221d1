"""The documents as anybody reads them, at addresses that stay (LEG-03, LEG-08, LEG-11, LEG-12,
LEG-18)."""

import hashlib

import pytest
from django.urls import reverse

from legal.models import Acceptance, DocumentVersion
from legal.publishing import start_draft
from tests.legal.test_publishing import draft, in_force, publish_draft

METHODS = ["post", "put", "patch", "delete"]


@pytest.fixture
def changed(publication) -> DocumentVersion:
    """Version 2 of the terms, with one number changed."""
    version = start_draft(version=in_force())
    version.body = version.body.replace("{{ policy.age_min }}", "21")
    version.summary = "The age."
    version.save()
    publish_draft(version)
    return in_force()


def page(client, name, *args) -> str:
    response = client.get(reverse(f"legal:{name}", args=args))
    assert response.status_code == 200
    return str(response.content.decode())


@pytest.mark.parametrize("address", ["/", "/services/", "/account/login/", "/legal/terms/"])
def test_every_page_leads_to_the_documents_and_nothing_is_recorded_of_visitors(
    client, publication, address
):
    """LEG-08."""
    _, foot, rest = client.get(address).content.decode().partition("<footer")
    assert foot
    assert f'href="{reverse("legal:index")}"' in rest
    assert not Acceptance.objects.exists()


def test_a_document_is_marked_with_the_language_that_it_is_in(client, publication, settings):
    """LEG-18."""
    settings.LANGUAGES = [("en", "English"), ("it", "Italian")]
    publish_draft(draft(language="it", title="Termini", body="Ciao"))
    read = {"accept-language": "it"}
    translated = client.get("/legal/terms/", headers=read).content.decode()
    assert '<h1 lang="it">Termini</h1>' in translated
    assert '<h1 lang="en">' in client.get("/legal/privacy/", headers=read).content.decode()


def test_the_index_names_every_document_in_force(client, changed):
    html = page(client, "index")
    for slug in ("terms", "refunds", "acceptable-use", "privacy"):
        assert reverse("legal:document", args=[slug]) in html
    assert "version 2, in effect from 9 Feb 2026" in html


@pytest.mark.django_db
def test_before_the_first_publication_the_index_says_so_and_there_is_no_page(client):
    assert "Nothing is published yet" in page(client, "index")
    assert client.get("/legal/terms/").status_code == 404


def test_a_documents_page_shows_the_version_in_force(client, changed):
    html = page(client, "document", "terms")
    assert "<title>Terms of service" in html
    assert "Version 2 · Last updated 9 Feb 2026" in html
    assert "at least 21 years" in html
    assert "The age." in html
    assert changed.sha256 in html
    assert "not the version in force" not in html
    assert reverse("legal:version", args=["terms", 1]) in html


def test_an_old_version_stays_and_says_that_it_is_old(client, changed):
    html = page(client, "version", "terms", 1)
    assert "at least 16 years" in html
    assert "This is not the version in force" in html
    assert reverse("legal:document", args=["terms"]) in html
    assert reverse("legal:changes", args=["terms", 2, 1]) in html


def test_the_current_version_has_an_address_of_its_own_too(client, changed):
    html = page(client, "version", "terms", 2)
    assert "at least 21 years" in html
    assert "not the version in force" not in html


def test_an_old_page_reads_the_same_before_and_after_a_new_publication(client, publication):
    before = page(client, "text", "terms", 1)
    publish_draft(draft())
    assert page(client, "text", "terms", 1) == before


def test_the_text_is_what_the_fingerprint_was_taken_of(client, publication):
    response = client.get("/legal/refunds/1/text/")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert hashlib.sha256(response.content).hexdigest() == in_force("refunds").sha256


@pytest.mark.parametrize("address", ["/legal/terms/2/changes/", "/legal/terms/2/changes/1/"])
def test_what_changed_is_shown_word_by_word(client, changed, address):
    html = client.get(address).content.decode()
    assert "at least <del>16</del> <ins>21</ins> years" in html
    assert html.count("<ins>") == 1
    assert "The age." in html


def test_markup_in_a_document_is_shown_and_not_run(client, publication):
    body = "<script>alert(1)</script> {{7*7}} {% debug %} <b onclick=x>"
    publish_draft(draft(body=body, title="<i>T</i>", summary="<u>S</u>"))
    for address in ("/legal/terms/", "/legal/terms/2/changes/", "/legal/"):
        html = client.get(address).content.decode()
        for markup in ("<script>alert", "<b onclick", "<i>T", "<u>S"):
            assert markup not in html
    assert "{{7*7}} {% debug %}" in page(client, "document", "terms")


@pytest.mark.parametrize(
    "address",
    [
        "/legal/unknown/",
        "/legal/unknown/1/",
        "/legal/terms/0/",
        "/legal/terms/2/",
        "/legal/terms/99999999999999999999/",
        "/legal/terms/-1/",
        "/legal/terms/٣/",
        "/legal/terms/1/changes/",
        "/legal/terms/1/changes/99999999999999999999/",
        "/legal/terms/99999999999999999999/text/",
        "/legal/terms/None/",
    ],
)
def test_what_was_never_published_is_not_there(client, publication, address):
    draft()
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "address",
    [
        "/legal/",
        "/legal/terms/",
        "/legal/terms/1/",
        "/legal/terms/1/text/",
        "/legal/terms/1/changes/",
    ],
)
def test_the_pages_can_only_be_read(client, publication, address, method):
    assert getattr(client, method)(address).status_code == 405


def test_a_customer_reads_the_same_page_as_a_stranger(client, publication, customer):
    as_stranger = page(client, "text", "privacy", 1)
    client.force_login(customer)
    assert page(client, "text", "privacy", 1) == as_stranger
    assert in_force("privacy").sha256 in page(client, "document", "privacy")


def test_a_page_costs_few_queries(client, changed, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        page(client, "document", "terms")
