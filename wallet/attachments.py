"""Files that are handed out: to keep, never to run in the reader's browser (S-18)."""

from __future__ import annotations

from django.http import Http404, HttpResponse

from wallet.models import Proof

FILE_POLICY = "sandbox; default-src 'none'"


def attachment(content: bytes | memoryview, *, content_type: str, name: str) -> HttpResponse:
    """`name` is one of ours: plain letters, digits and hyphens."""
    response = HttpResponse(bytes(content), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = FILE_POLICY
    return response


def proof_file(proof: Proof) -> HttpResponse:
    """What a customer sent, for him and for staff. Raises Http404: he sent no file."""
    if not proof.content:
        raise Http404
    return attachment(proof.content, content_type=proof.content_type, name=proof.file_name)
