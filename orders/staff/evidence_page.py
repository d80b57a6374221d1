"""The evidence in a dispute, for whoever answers the bank. Who took it is logged: it is all that we
know of a customer."""

from __future__ import annotations

import io

from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.acts import log_act
from accounts.http import StaffRequest, client_ip, staff_page
from orders.staff import evidence as archive
from wallet.models import Dispute


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("wallet.handle_dispute")
def evidence(request: StaffRequest, dispute_id: int) -> HttpResponseBase:
    """The archive, on a press of its button; a GET (after a log-in, say) leads to the button."""
    rows = Dispute.objects.select_related("deposit__customer")
    dispute = get_object_or_404(rows, pk=dispute_id)
    if request.method != "POST":
        return redirect("wallet_staff:dispute", dispute.pk)
    content = archive.build(dispute=dispute, at=timezone.now())
    log_act(
        actor=request.user,
        act="download evidence",
        target=dispute.reference,
        changes={"bytes": len(content)},
        ip=client_ip(request),
    )
    return FileResponse(
        io.BytesIO(content),
        as_attachment=True,
        filename=f"evidence-{dispute.pk}.zip",
        content_type="application/zip",
    )
