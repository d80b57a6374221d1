"""Who accepted which version, when, where and how (LEG-05, LEG-06, LEG-13).

An acceptance is of one version of one document, once at each point; accepting again changes
nothing. What somebody ordered under is the order's own publication.
"""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import get_language

from legal.models import Acceptance, DocumentVersion, Publication

_LONGEST_USER_AGENT = 400


def required_documents(*, publication: Publication) -> list[DocumentVersion]:
    """Return what is to be accepted, in the reader's language: for forms to link.

    A form hands the same publication to `record`, so that what was shown is what is recorded.
    """
    versions = publication.versions_in(get_language())
    return [version for version in versions if version.document.is_required]


def missing_at(
    *, user: AbstractBaseUser, point: Acceptance.Point, publication: Publication
) -> list[DocumentVersion]:
    """Return what this person has still to accept at a point; nothing where the publication does
    not ask for it there (LEG-06). A document accepted in one language is accepted."""
    if point.value not in publication.get_policy().legal_points:
        return []
    accepted = Acceptance.objects.filter(
        user_id=user.pk, point=point, version__in=publication.versions.all()
    ).values_list("version__document_id", flat=True)
    known = set(accepted)
    versions = required_documents(publication=publication)
    return [version for version in versions if version.document_id not in known]


def record(
    *,
    user: AbstractBaseUser,
    point: Acceptance.Point,
    channel: Acceptance.Channel,
    at: datetime,
    ip: str | None,
    user_agent: str,
    is_implicit: bool = False,
    clauses: Sequence[int] = (),
    publication: Publication | None = None,
) -> list[Acceptance]:
    """Record that a person accepts the required documents; returns one row for each.

    `publication` is the one that was shown, by default the one in force. `clauses` are the articles
    that were approved one by one (LEG-09); `is_implicit` says that nothing was ticked and use was
    taken as acceptance (LEG-10). What was recorded at this point before stays as it was, its time
    and address too.
    """
    publication = publication or Publication.objects.current()
    versions = required_documents(publication=publication)
    rows = [
        Acceptance(
            user_id=user.pk,
            version=version,
            publication=publication,
            point=point,
            channel=channel,
            is_implicit=is_implicit,
            at=at,
            ip=ip,
            user_agent=user_agent.replace("\0", "")[:_LONGEST_USER_AGENT],
            clauses=list(clauses),
        )
        for version in versions
    ]
    Acceptance.objects.bulk_create(rows, ignore_conflicts=True)
    recorded = Acceptance.objects.filter(user_id=user.pk, point=point, version__in=versions)
    return list(recorded.select_related("version").order_by("version__document__position"))
