from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured

# Importing it registers the checks.
from smmpanel import checks

# Every process that may nudge a worker needs this application, not Celery's default one.
from smmpanel.celery import app as celery_app

__all__ = ["PanelConfig", "celery_app", "checks"]


class PanelConfig(AppConfig):
    name = "smmpanel"
    label = "smmpanel"

    def ready(self) -> None:
        """Web server, worker and commands alike refuse keys that do not belong together."""
        if faults := checks.payment_faults():
            raise ImproperlyConfigured(" ".join(faults))
