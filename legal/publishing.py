"""Publishing: drafts and a policy become, in one transaction, what everybody is bound by.

The operator hands in only what is new. A document without a draft is carried over; where the new
policy makes it read differently it gets a version of its own, so that no address ever shows two
texts.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Max
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from legal.comparison import Passage, compare
from legal.defaults import DEFAULT_DOCUMENTS, LANGUAGE, DefaultDocument
from legal.models import Document, DocumentVersion, Publication
from legal.policy import Policy
from legal.presets import preset_name
from legal.wording import fill


class CannotPublish(ValueError):
    """A required document is missing, a version is no draft, or nothing would change."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of a publication to come, its text, and the version it replaces."""

    version: DocumentVersion
    text: str
    replaces: DocumentVersion | None

    @property
    def is_new(self) -> bool:
        return not self.version.is_published

    def changes(self) -> list[Passage]:
        return compare(old=self.replaces.text if self.replaces else "", new=self.text)


@dataclass(frozen=True, slots=True)
class Preview:
    """What `publish` would bring into force; equal digests mean equal contents."""

    policy: Policy
    entries: tuple[Entry, ...]

    @property
    def digest(self) -> str:
        texts = [[entry.version.document_id, entry.text] for entry in self.entries]
        contents = json.dumps([self.policy.to_json(), texts], sort_keys=True)
        return hashlib.sha256(contents.encode()).hexdigest()


def preview(*, policy: Policy, drafts: Iterable[DocumentVersion]) -> Preview:
    """Return what `publish` would do, and do nothing. Raises CannotPublish, BadWording."""
    last = Publication.objects.order_by("-number").first()
    in_force = {(v.document_id, v.language): v for v in last.all_versions()} if last else {}
    entries = [
        _entry(draft, policy, in_force.pop((draft.document_id, draft.language), None))
        for draft in drafts
    ]
    entries += [_carried_over(version, policy) for version in in_force.values()]
    if last and policy == last.get_policy() and not any(entry.is_new for entry in entries):
        raise CannotPublish(_("There is no draft and no changed setting to publish."))
    _check_complete(entries)
    return Preview(policy, tuple(entries))


@transaction.atomic
def publish(
    *,
    policy: Policy,
    versions: Iterable[DocumentVersion],
    published_by: AbstractBaseUser | None,
    at: datetime,
    previewed: str | None = None,
) -> Publication:
    """Bring a policy and drafts into force (LEG-03, LEG-10, LEG-13).

    Whoever lets people choose the policy asks `execution.check_executable` first.
    With the digest of a preview in `previewed`, nothing else than that is published.
    Raises CannotPublish, and BadWording when a draft names an unknown setting.
    """
    _wait_for_turn()
    drafts = DocumentVersion.objects.select_for_update().filter(pk__in=[v.pk for v in versions])
    coming = preview(policy=policy, drafts=drafts.order_by("pk"))
    if previewed not in (None, coming.digest):
        raise CannotPublish(_("Something changed since this preview. Look at it again."))
    contents = [_freeze(entry, at) for entry in coming.entries]
    last = Publication.objects.aggregate(number=Max("number"))["number"] or 0
    publication = Publication.objects.create(
        number=last + 1,
        policy=policy.to_json(),
        preset=preset_name(policy),
        published_at=at,
        published_by_id=published_by.pk if published_by else None,
        fingerprints={str(version.pk): version.sha256 for version in contents},
    )
    publication.versions.set(contents)
    return publication


@transaction.atomic
def install_defaults(*, policy: Policy, at: datetime) -> Publication:
    """Publish the default documents under a policy, unless something is published already.

    Returns what is in force.
    """
    last = Publication.objects.order_by("-number")
    if publication := last.first():
        return publication
    drafts = [
        _default_draft(default, position) for position, default in enumerate(DEFAULT_DOCUMENTS)
    ]
    _wait_for_turn()
    # Somebody else may have installed them while we waited.
    return last.first() or publish(policy=policy, versions=drafts, published_by=None, at=at)


def start_draft(*, version: DocumentVersion) -> DocumentVersion:
    """Return the draft of the version's document and language, begun from it if there is none."""
    draft, _created = DocumentVersion.objects.get_or_create(
        document=version.document,
        language=version.language,
        published_at=None,
        defaults={"title": version.title, "body": version.body},
    )
    return draft


def _wait_for_turn() -> None:
    """Publish one after the other: who comes second builds on what the first one published."""
    list(Document.objects.select_for_update().order_by("pk").values_list("pk"))


def _entry(draft: DocumentVersion, policy: Policy, replaces: DocumentVersion | None) -> Entry:
    if draft.is_published:
        raise CannotPublish(_("{version} is published already.").format(version=draft))
    return Entry(draft, _text(draft, policy), replaces)


def _carried_over(version: DocumentVersion, policy: Policy) -> Entry:
    text = _text(version, policy)
    if text == version.text:
        return Entry(version, text, version)
    with translation.override(version.language):
        summary = _("The settings that this document prints have changed.")
    successor = DocumentVersion(
        document=version.document,
        language=version.language,
        title=version.title,
        body=version.body,
        summary=summary,
    )
    return Entry(successor, text, version)


def _text(version: DocumentVersion, policy: Policy) -> str:
    with translation.override(version.language):
        return fill(body=version.body, policy=policy)


def _check_complete(entries: Iterable[Entry]) -> None:
    present = [entry.version.document_id for entry in entries]
    missing = Document.objects.filter(is_required=True).exclude(pk__in=present)
    if titles := ", ".join(missing.values_list("title", flat=True)):
        raise CannotPublish(_("Required, but without a text: {titles}.").format(titles=titles))


def _freeze(entry: Entry, at: datetime) -> DocumentVersion:
    version = entry.version
    if not entry.is_new:
        return version
    earlier = DocumentVersion.objects.filter(
        document=version.document_id, language=version.language
    )
    version.number = (earlier.aggregate(number=Max("number"))["number"] or 0) + 1
    version.text = entry.text
    version.sha256 = hashlib.sha256(entry.text.encode()).hexdigest()
    version.published_at = at
    version.effective_on = timezone.localdate(at, timezone.get_default_timezone())
    version.save()
    return version


def _default_draft(default: DefaultDocument, position: int) -> DocumentVersion:
    title, body = default.read()
    document, _created = Document.objects.get_or_create(
        slug=default.slug, defaults={"title": title, "kind": default.kind, "position": position}
    )
    draft, _created = DocumentVersion.objects.get_or_create(
        document=document,
        language=LANGUAGE,
        published_at=None,
        defaults={"title": title, "body": body},
    )
    return draft
