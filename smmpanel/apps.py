from django.apps import AppConfig

# Every process that may nudge a worker needs this application, not Celery's default one.
from smmpanel.celery import app as celery_app

__all__ = ["PanelConfig", "celery_app"]


class PanelConfig(AppConfig):
    name = "smmpanel"
    label = "smmpanel"
