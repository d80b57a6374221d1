"""The Celery application: JSON messages that carry ids only. The database row is the queue."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smmpanel.settings")

app = Celery("smmpanel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
