"""Staff edit drafts and publish them; what is published or accepted can only be read.

`accounts.admin.terms` registers these, with the log of acts, which this floor of the house has not.
"""

from typing import Any, TypeVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import Media
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from legal.execution import executed_words, is_read
from legal.forms import DraftForm, PublishForm, PublishOrder, policy_now
from legal.models import Acceptance, Document, DocumentVersion, Publication
from legal.policy import SETTINGS, Policy
from legal.publishing import CannotPublish, Preview, preview, publish, start_draft
from legal.rendering import to_html
from legal.setting import Setting
from legal.wording import BadWording

M = TypeVar("M", bound=Model)


class FrozenAdmin(admin.ModelAdmin[M]):
    """Rows that a trigger keeps as they are: nobody changes or deletes one, alone or in bulk."""

    actions = None

    @property
    def media(self) -> Media:
        """The admin's scripts are all about typing."""
        return Media()

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class DocumentAdmin(admin.ModelAdmin[Document]):
    list_display = ("title", "slug", "kind", "is_required", "position")
    actions = None

    def get_readonly_fields(
        self, request: HttpRequest, obj: Document | None = None
    ) -> tuple[str, ...]:
        """The address is on orders, in mails and in bookmarks."""
        return ("slug", "kind") if obj else ()


class DocumentVersionAdmin(admin.ModelAdmin[DocumentVersion]):
    form = DraftForm
    list_display = ("title", "language", "number", "effective_on")
    list_filter = ("document", "language")
    list_select_related = ("document",)
    readonly_fields = ("number", "effective_on", "published_at", "sha256", "text")
    actions = ("start_drafts",)

    def get_fields(self, request: HttpRequest, obj: DocumentVersion | None = None) -> list[Any]:
        published = list(self.readonly_fields) if obj and obj.is_published else []
        return [*DraftForm.Meta.fields, *published]

    def has_change_permission(
        self, request: HttpRequest, obj: DocumentVersion | None = None
    ) -> bool:
        return _is_draft(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: DocumentVersion | None = None
    ) -> bool:
        return _is_draft(obj) and super().has_delete_permission(request, obj)

    def get_view_on_site_url(self, obj: DocumentVersion | None = None) -> str | None:
        return None if _is_draft(obj) else super().get_view_on_site_url(obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @admin.action(description=gettext_lazy("Start a draft from this version"), permissions=["add"])
    def start_drafts(self, request: HttpRequest, chosen: QuerySet[DocumentVersion]) -> None:
        drafts = [start_draft(version=version) for version in chosen]
        text = ngettext("%(n)d draft is ready.", "%(n)d drafts are ready.", len(drafts))
        self.message_user(request, text % {"n": len(drafts)})


class AcceptanceAdmin(FrozenAdmin[Acceptance]):
    list_display = ("user", "version", "point", "channel", "is_implicit", "at")
    list_filter = ("point", "channel", "is_implicit", "version__document")
    list_select_related = ("user", "version")
    search_fields = ("user__email", "version__sha256")
    search_help_text = gettext_lazy("A part of an e-mail address or of a text's SHA-256")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class PublicationAdmin(FrozenAdmin[Publication]):
    list_display = ("number", "preset", "published_at", "published_by")
    list_select_related = ("published_by",)
    fields = ("number", "preset", "published_at", "published_by", "texts", "terms", "fingerprints")
    readonly_fields = ("texts", "terms")

    @admin.display(description=gettext_lazy("documents"))
    def texts(self, publication: Publication) -> SafeString:
        versions = publication.all_versions()
        return format_html_join(
            mark_safe("<br>"),
            '<a href="{}">{}</a>',
            ((version.get_absolute_url(), str(version)) for version in versions),
        )

    @admin.display(description=gettext_lazy("settings"))
    def terms(self, publication: Publication) -> SafeString:
        policy = publication.get_policy()
        lines = ((s.key, s.words(policy.value(s.key))) for s in SETTINGS.values())
        return format_html_join(mark_safe("<br>"), "<code>{}</code>: {}", lines)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Adding a publication is publishing: first a preview, then exactly what it showed."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = PublishForm(request.POST if request.method == "POST" else None)
        coming: Preview | None = None
        if form.is_valid():
            order = form.to_order()
            try:
                if order.previewed:
                    return self._publish(request, order)
                coming = preview(policy=order.policy, drafts=order.versions)
            except (CannotPublish, BadWording) as error:
                form.add_error(None, str(error))
        return self._page(request, form, coming)

    @transaction.atomic
    def _publish(self, request: HttpRequest, order: PublishOrder) -> HttpResponse:
        publication = publish(
            policy=order.policy,
            versions=order.versions,
            published_by=None if request.user.is_anonymous else request.user,
            at=timezone.now(),
            previewed=order.previewed,
        )
        self.log_addition(request, publication, [{"added": {}}])
        text = _("Publication {number} is in force.").format(number=publication.number)
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(
            reverse("admin:legal_publication_change", args=[publication.pk])
        )

    def _page(
        self, request: HttpRequest, form: PublishForm, coming: Preview | None
    ) -> TemplateResponse:
        now = policy_now()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Publish"),
            "opts": self.opts,
            "form": form,
            "coming": coming,
            "shown": _shown(coming),
            "settings": [_described(setting, now) for setting in SETTINGS.values()],
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "legal/publish.html", context, status=status)


def _described(setting: Setting, policy: Policy) -> dict[str, object]:
    """One line of the table of settings."""
    return {
        "key": setting.key,
        "now": setting.words(policy.value(setting.key)),
        "works": executed_words(setting.key),
        "is_read": is_read(setting.key),
        "allowed": setting.allowed,
        "description": setting.description,
    }


def _is_draft(version: DocumentVersion | None) -> bool:
    return version is None or not version.is_published


def _shown(coming: Preview | None) -> list[dict[str, object]]:
    """What a preview shows of each version that would be new."""
    new = [entry for entry in coming.entries if entry.is_new] if coming else []
    return [
        {
            "version": entry.version,
            "html": to_html(entry.text),
            "replaces": entry.replaces,
            "passages": entry.changes(),
        }
        for entry in new
    ]
