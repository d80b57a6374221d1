"""REST v3: what Django REST framework may do, and how drf-spectacular describes it.

Everything that reads more than JSON, or lets in more than a key in a header, is off.
"""

from __future__ import annotations

REST_FRAMEWORK: dict[str, object] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.rest.authentication.HeaderKey"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.rest.permissions.InScope"],
    "DEFAULT_PARSER_CLASSES": ["accounts.rest.parsing.StrictJson"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "accounts.rest.describing.Described",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "accounts.rest.handling.handle",
    "URL_FORMAT_OVERRIDE": None,
    "FORMAT_SUFFIX_KWARG": None,
}
SPECTACULAR: dict[str, object] = {
    "TITLE": "REST API v3",
    "VERSION": "3.0.0",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v3",
    "PREPROCESSING_HOOKS": ["smmpanel.rest_schema.only_v3"],
    "SERVE_INCLUDE_SCHEMA": False,
    # As the addresses are listed: what is for sale first.
    "SORT_OPERATIONS": False,
    # Members of an answer are there; null says that there is nothing to tell.
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_NO_READ_ONLY_REQUIRED": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "OrderStatus": "orders.rest.words.STATUSES",
        "RequestStatus": "orders.rest.words.REQUEST_STATES",
        "PlanStatus": "orders.rest.words.PLAN_STATES",
        "TicketStatus": "tickets.rest.shapes.STATUSES",
        "TicketTopic": "tickets.rest.shapes.TOPICS",
        "OrderRole": "orders.rest.answers.ROLES",
        "EventKind": "orders.rest.answers.EVENTS",
        "TransferKind": "wallet.rest.views.KINDS",
        "ServiceType": "services.rest.answers.TYPES",
        "Writer": "tickets.rest.shapes.WRITERS",
    },
    "DESCRIPTION": (
        "JSON for programs: services, balance, statement, orders, refills, cancels, tickets and "
        "webhooks of one account.\n\n"
        "- The key goes in a header, `Authorization: Bearer` or `X-Api-Key`, and nowhere else.\n"
        '- Amounts are texts in US dollars, exact to the millionth: `"0.27819"`.\n'
        "- Times are ISO 8601 in UTC. Numbers of orders, services, tickets and the like are JSON "
        "numbers without a fraction: send them back as you got them.\n"
        "- Lists come in pages: pass `next_cursor` back as `cursor` until it is null.\n"
        "- A refusal is a problem by RFC 9457; compare its `code`. It has changed nothing and "
        "charged nothing.\n"
        "- A member or parameter that does not exist is refused, so that a misspelt one is seen."
    ),
}
