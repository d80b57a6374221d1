from django.apps import AppConfig


class PanelConfig(AppConfig):
    name = "smmpanel"
    label = "smmpanel"
