"""The legal pages in the admin, with the log of acts that `legal` itself cannot see."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.http import HttpRequest

from accounts.acts import log_act
from accounts.admin.logged import LoggedAdmin
from accounts.http import client_ip, staff_member
from legal.admin import AcceptanceAdmin, DocumentAdmin, DocumentVersionAdmin, PublicationAdmin
from legal.models import Acceptance, Document, DocumentVersion, Publication

admin.site.register(Acceptance, AcceptanceAdmin)


@admin.register(Document)
class LoggedDocumentAdmin(LoggedAdmin[Document], DocumentAdmin):
    pass


@admin.register(DocumentVersion)
class LoggedDraftAdmin(LoggedAdmin[DocumentVersion], DocumentVersionAdmin):
    pass


@admin.register(Publication)
class LoggedPublicationAdmin(PublicationAdmin):
    def log_addition(self, request: HttpRequest, obj: Publication, message: Any) -> LogEntry:
        """The admin's own hook, within the transaction that publishes."""
        log_act(
            actor=staff_member(request),
            act="publish terms",
            target=f"publication:{obj.number}",
            changes={"settings": _changed_settings(obj), "versions": _new_versions(obj)},
            ip=client_ip(request),
        )
        return super().log_addition(request, obj, message)


def _changed_settings(publication: Publication) -> dict[str, list[object]]:
    """Old and new value of each setting that became another one."""
    before = Publication.objects.filter(number__lt=publication.number).first()
    old, new = before.policy if before else {}, publication.policy
    return {key: [old.get(key), new[key]] for key in new if old.get(key) != new[key]}


def _new_versions(publication: Publication) -> list[str]:
    published = publication.all_versions().filter(published_at=publication.published_at)
    return [str(version) for version in published]
