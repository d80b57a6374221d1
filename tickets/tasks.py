"""The worker's edges of this app."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from tickets import refund_requests


@shared_task
def answer_decided_requests() -> None:
    refund_requests.answer_decided(at=timezone.now())
