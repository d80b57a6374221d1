import json

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType

from accounts.admin import terms
from accounts.models import ActLog, User
from legal.execution import executed_values
from legal.models import Acceptance, Document, DocumentVersion, Publication
from legal.presets import STARTER
from legal.publishing import install_defaults
from tests.legal.conftest import AT
from tests.legal.test_acceptance import accept
from tests.legal.test_publishing import draft, in_force

PUBLISH = "/admin/legal/publication/add/"


def staff(email: str, *codenames: str) -> User:
    user = User.objects.create_user(email, "not a common passphrase", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


@pytest.fixture
def publication(db: None) -> Publication:
    """What a new panel begins with: the form publishes nothing that the code does not do."""
    return install_defaults(policy=STARTER, at=AT)


@pytest.fixture
def operator(publication, client) -> User:
    everything = Permission.objects.filter(content_type__app_label="legal")
    user = staff("operator@example.com", *everything.values_list("codename", flat=True))
    client.force_login(user)
    return user


def preview_of(client, **data) -> str:
    response = client.post(PUBLISH, data)
    assert response.status_code == 200, response.context["form"].errors
    return str(response.context["coming"].digest)


def errors_of(client, **data) -> str:
    response = client.post(PUBLISH, data)
    assert response.status_code == 422
    return str(response.context["form"].errors)


def test_an_operator_previews_a_draft_and_publishes_exactly_that(operator, client):
    version = draft(body="## 1. New\n\n{{ policy.age_min }} and {% debug %}")
    digest = preview_of(client, versions=[version.pk])
    assert Publication.objects.count() == 1
    response = client.post(PUBLISH, {"versions": [version.pk], "previewed": digest})
    publication = Publication.objects.current()
    assert response["Location"] == f"/admin/legal/publication/{publication.pk}/change/"
    assert publication.published_by == operator
    assert in_force().text == "## 1. New\n\n16 and {% debug %}\n"


def test_publishing_is_in_the_log_of_acts(operator, client):
    version = draft(body="## 1. New\n\n{{ policy.age_min }}")
    data = {"versions": [version.pk], "overrides": '{"age.min": 18}'}
    client.post(PUBLISH, {**data, "previewed": preview_of(client, **data)})
    act = ActLog.objects.get()
    publication = Publication.objects.current()
    assert (act.act, act.target) == ("publish terms", f"publication:{publication.number}")
    assert (act.actor, act.ip) == (operator, "127.0.0.1")
    assert act.changes["settings"] == {"age.min": [16, 18]}
    assert "Terms of service (en) 2" in act.changes["versions"]


def test_what_is_not_logged_is_not_published(operator, client, monkeypatch):
    def broken(**_act):
        raise RuntimeError("no log")

    version = draft()
    data = {"versions": [version.pk], "previewed": preview_of(client, versions=[version.pk])}
    monkeypatch.setattr(terms, "log_act", broken)
    with pytest.raises(RuntimeError):
        client.post(PUBLISH, data)
    assert Publication.objects.count() == 1


def test_a_draft_that_changes_is_on_record_and_a_number_is_plain_digits(operator, client):
    version = draft()
    form = {"document": version.document_id, "language": "en", "title": "T", "body": "Other"}
    client.post(f"/admin/legal/documentversion/{version.pk}/change/", {**form, "summary": ""})
    assert ActLog.objects.get().act == "change documentversion"
    document = Document.objects.get(slug="terms")
    wrong = {"title": "Terms", "is_required": "on", "position": "1_0"}
    answer = client.post(f"/admin/legal/document/{document.pk}/change/", wrong)
    assert "Use plain digits" in answer.content.decode()


def test_the_preview_shows_the_text_and_what_it_changes(operator, client):
    version = draft(body="## 1. New\n\n<script>alert(1)</script> {{ policy.age_min }}")
    html = client.post(PUBLISH, {"versions": [version.pk]}).content.decode()
    assert "<h2>1. New</h2>" in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 16" in html
    assert "<del>" in html


def test_settings_are_published_by_preset_and_single_values(operator, client):
    kept = {key: value for key, value in STARTER.to_json().items() if executed_values(key)}
    data = {"preset": "balance_only", "overrides": json.dumps({**kept, "age.min": 18})}
    digest = preview_of(client, **data)
    client.post(PUBLISH, {**data, "previewed": digest})
    policy = Publication.objects.current().get_policy()
    assert (policy.order_undo_seconds, policy.age_min) == (0, 18)


@pytest.mark.parametrize(
    ("data", "field", "said"),
    [
        (
            {"overrides": '{"sla.credit": "staff"}'},
            "overrides",
            ["sla.credit: staff cannot be promised yet; today the panel does: off."],
        ),
        (
            {"preset": "money_back"},
            "preset",
            [
                "legal.email_on_change: yes cannot be promised yet; today the panel does: no.",
                (
                    "retention.order_content_months: 6 cannot be promised yet;"
                    " today the panel does: no limit."
                ),
            ],
        ),
    ],
)
def test_a_promise_that_no_code_keeps_is_refused_beside_its_field(
    operator, client, data, field, said
):
    response = client.post(PUBLISH, {**data, "previewed": "x"})
    assert response.status_code == 422
    assert response.context["form"].errors == {field: said}
    assert Publication.objects.count() == 1


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (
            '{"order.undo_seconds": 601}',
            "order.undo_seconds: expected a whole number from 0 to 600",
        ),
        ('{"order.colour": 1}', "order.colour: there is no such setting"),
        ("[]", "Write an object"),
        ("{", "not JSON"),
        ("[" * 5000, "not JSON"),
        ('{"age.min": NaN}', "age.min: expected"),
        ('{"age.min": 1e400}', "age.min: expected"),
    ],
)
def test_a_value_that_is_not_allowed_is_explained_and_kept(operator, client, overrides, said):
    response = client.post(PUBLISH, {"overrides": overrides})
    assert response.status_code == 422
    assert said in str(response.context["form"].errors["overrides"])
    assert response.context["form"]["overrides"].value() == overrides


def test_nothing_to_publish_is_said(operator, client):
    assert "no draft and no changed setting" in errors_of(client)


def test_a_draft_that_changed_since_the_preview_is_not_published(operator, client):
    version = draft()
    digest = preview_of(client, versions=[version.pk])
    DocumentVersion.objects.filter(pk=version.pk).update(body="## Other")
    assert "since this preview" in errors_of(client, versions=[version.pk], previewed=digest)
    assert Publication.objects.count() == 1


def test_a_made_up_preview_or_version_publishes_nothing(operator, client):
    version = draft()
    assert "since this preview" in errors_of(client, versions=[version.pk], previewed="x")
    assert "not one of" in errors_of(client, versions=[in_force().pk])
    assert Publication.objects.count() == 1


def test_reading_is_not_publishing(publication, client):
    reader = staff("reader@example.com", "view_publication", "view_acceptance")
    client.force_login(reader)
    assert client.get(f"/admin/legal/publication/{publication.pk}/change/").status_code == 200
    assert client.get(PUBLISH).status_code == 403
    assert client.post(PUBLISH, {"preset": "money_back"}).status_code == 403


def test_a_customer_and_a_stranger_are_sent_to_the_log_in(publication, customer, client):
    assert client.get(PUBLISH).status_code == 302
    client.force_login(customer)
    assert client.post(PUBLISH, {"preset": "money_back"}).status_code == 302
    assert Publication.objects.count() == 1


@pytest.mark.parametrize("model", [Publication, Acceptance, DocumentVersion])
def test_what_is_published_or_accepted_can_only_be_read(operator, customer, client, model):
    accept(customer)
    name, row = model._meta.model_name, model.objects.first()
    change = f"/admin/legal/{name}/{row.pk}/change/"
    assert client.get(f"/admin/legal/{name}/").status_code == 200
    assert client.get(change).status_code == 200
    assert client.post(change, {"title": "x", "body": "x"}).status_code == 403
    assert client.post(f"/admin/legal/{name}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(
        f"/admin/legal/{name}/",
        {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"},
    )
    assert model.objects.filter(pk=row.pk).exists()


def test_nobody_adds_an_acceptance_by_hand(operator, client):
    assert client.get("/admin/legal/acceptance/add/").status_code == 403


def test_a_draft_is_started_from_a_version_edited_and_checked(operator, client):
    client.post(
        "/admin/legal/documentversion/",
        {"action": "start_drafts", "_selected_action": in_force().pk},
    )
    version = DocumentVersion.objects.drafts().get()
    assert version.body == in_force().body
    form = {"document": version.document_id, "language": "en", "title": "Terms", "summary": ""}
    address = f"/admin/legal/documentversion/{version.pk}/change/"
    wrong = client.post(address, {**form, "body": "{{ policy.colour }}"})
    assert "there is no setting policy.colour" in wrong.content.decode()
    assert client.post(address, {**form, "body": "a\r\nb"}).status_code == 302
    version.refresh_from_db()
    assert version.body == "a\nb"


def test_a_second_draft_is_refused_beside_the_form(operator, client):
    draft()
    document = Document.objects.get(slug="terms")
    form = {"document": document.pk, "language": "en", "title": "T", "body": "b", "summary": ""}
    html = client.post("/admin/legal/documentversion/add/", form).content.decode()
    assert "already has a draft" in html


def test_the_address_of_a_document_cannot_be_changed(operator, client):
    document = Document.objects.get(slug="terms")
    form = {"slug": "other", "title": "Terms", "is_required": "on", "position": 0}
    client.post(f"/admin/legal/document/{document.pk}/change/", form)
    document.refresh_from_db()
    assert (document.slug, document.title) == ("terms", "Terms")


def test_only_what_is_published_is_viewed_on_the_site(operator, client):
    version, public = draft(), in_force()
    pages = [client.get(f"/admin/legal/documentversion/{v.pk}/change/") for v in (version, public)]
    assert ["View on site" in page.content.decode() for page in pages] == [False, True]
    content_type = ContentType.objects.get_for_model(DocumentVersion)
    shown = [client.get(f"/admin/r/{content_type.pk}/{v.pk}/") for v in (version, public)]
    addresses = [answer["Location"].partition("/legal/")[2] for answer in shown]
    assert addresses == ["terms/", "terms/1/"]


def test_each_setting_says_what_works_today(operator, client):
    lines = {line["key"]: line for line in client.get(PUBLISH).context["settings"]}
    undone, unread = lines["sla.credit"], lines["order.price_quote_ttl"]
    assert (undone["works"], undone["is_read"]) == ("off", True)
    assert (unread["works"], unread["is_read"]) == ("15 minutes", False)
    assert lines["order.undo_seconds"]["works"] == "every value"
    assert "Nothing reads it yet" in client.get(PUBLISH).content.decode()


def test_amounts_of_settings_are_money(operator, publication, client):
    shown = client.get(f"/admin/legal/publication/{publication.pk}/change/").content.decode()
    for html in (client.get(PUBLISH).content.decode(), shown):
        assert "5.00 USD" in html
        assert "usd_micros" not in html
    assert "withdraw.min_cash_balance</code>: 5.00 USD" in shown
