"""How far each preset is from being publishable as it is.

What no code carries out yet cannot be published (`legal.execution`). To prove the rest, a preset is
published with exactly these values replaced by what the panel does today. Work that teaches the
panel one of them has to take its line out here: the tests of this folder compare both ways.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from legal.policy import POINTS, SETTINGS, Policy
from legal.presets import PRESETS

_ERASES: Final[Mapping[str, object]] = {"retention.order_content_months": None}
_MAILS: Final[Mapping[str, object]] = {"legal.email_on_change": False}

# Preset → setting → the value that is published in its place.
NOT_YET: Final[Mapping[str, Mapping[str, object]]] = {
    "eu_consumer": {
        **_ERASES,
        "legal.mode": "immediate_implicit",
        "legal.points": POINTS,
        "legal.specific_clauses": (),
    },
    "white_label": {
        **_ERASES,
        **_MAILS,
        "legal.points": POINTS,
        "sla.credit": "off",
    },
    "money_back": {**_ERASES, **_MAILS},
    "deposit_window": {
        **_ERASES,
        **_MAILS,
        "legal.mode": "immediate_implicit",
        "legal.points": POINTS,
    },
    "balance_only": {},
}


def publishable(preset: str, **values: Any) -> Policy:
    """The preset with nothing changed but what cannot be published, and the values given."""
    instead: dict[str, Any] = {
        SETTINGS[key].attribute: value for key, value in NOT_YET[preset].items()
    }
    return replace(PRESETS[preset], **instead | values)
