"""The parts of the Compose Specification that docker-compose.yml uses, and nothing else.

The published schema is large and lets `x-` keys in everywhere; this one refuses whatever it does
not know, so a misspelt key cannot pass. Widen it together with the file.
"""

TEXT = {"type": "string", "minLength": 1}
TEXTS = {"type": "array", "items": TEXT, "minItems": 1}
VALUES = {"type": "object", "additionalProperties": {"type": ["string", "number"]}}
DURATION = {"type": "string", "pattern": r"^\d+(ms|s|m|h)$"}


def closed(properties: dict[str, object], *required: str) -> dict[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


CONDITION = closed(
    {"condition": {"enum": ["service_healthy", "service_completed_successfully"]}}, "condition"
)
HEALTHCHECK = closed(
    {
        "test": {
            "type": "array",
            "items": TEXT,
            "minItems": 2,
            "prefixItems": [{"enum": ["CMD", "CMD-SHELL"]}],
        },
        "interval": DURATION,
        "timeout": DURATION,
        "retries": {"type": "integer", "minimum": 1},
        "start_period": DURATION,
    },
    "test",
    "interval",
    "timeout",
    "retries",
)
SERVICE = closed(
    {
        "image": TEXT,
        "build": TEXT,
        "user": TEXT,
        "read_only": {"const": True},
        "tmpfs": TEXTS,
        "cap_drop": {"const": ["ALL"]},
        "security_opt": {"const": ["no-new-privileges:true"]},
        "restart": {"enum": ["unless-stopped", "no"]},
        "command": TEXTS,
        "environment": VALUES,
        "ports": {"type": "array", "items": {"type": "string", "pattern": r"^127\.0\.0\.1:"}},
        "depends_on": {"type": "object", "additionalProperties": CONDITION},
        "healthcheck": HEALTHCHECK,
        "volumes": {"type": "array", "items": {"type": "string", "pattern": r"^[a-z-]+:/"}},
        "configs": {"type": "array", "items": closed({"source": TEXT, "target": TEXT}, "source")},
        "stop_signal": {"const": "SIGINT"},
        "stop_grace_period": DURATION,
    },
    *("image", "user", "read_only", "cap_drop", "security_opt", "restart", "environment"),
)
COMPOSE = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "name": TEXT,
        "services": {"type": "object", "additionalProperties": SERVICE},
        "volumes": {"type": "object", "additionalProperties": {"type": "null"}},
        "configs": {"type": "object", "additionalProperties": closed({"content": TEXT}, "content")},
    },
    "patternProperties": {"^x-": {}},
    "required": ["name", "services"],
    "additionalProperties": False,
}
