from django.conf import settings
from django.http import HttpRequest

_THEMES = ("light", "dark")


def site(request: HttpRequest) -> dict[str, object]:
    """What every page shows: the panel's name, the chosen theme, and whether this is a demo."""
    theme = request.COOKIES.get("theme", "")
    return {
        "site_name": settings.SITE_NAME,
        "theme": theme if theme in _THEMES else "",
        "demo": settings.DEMO,
    }
