"""Celery: what the worker may do, and how long anybody waits for the broker."""

from __future__ import annotations

CELERY: dict[str, object] = {
    "CELERY_TASK_SERIALIZER": "json",
    "CELERY_RESULT_SERIALIZER": "json",
    "CELERY_EVENT_SERIALIZER": "json",
    "CELERY_ACCEPT_CONTENT": ["json"],
    "CELERY_TASK_IGNORE_RESULT": True,
    # A lost message is harmless: the row is the queue.
    "CELERY_TASK_ACKS_LATE": False,
    # A nudge is best effort, the sweep finds the row anyway.
    "CELERY_TASK_PUBLISH_RETRY": False,
    "CELERY_WORKER_HIJACK_ROOT_LOGGER": False,
    "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP": True,
    "CELERY_BROKER_TRANSPORT_OPTIONS": {
        # Longer than any task and any countdown: an unacknowledged message is not handed out twice.
        "visibility_timeout": 3600,
        # kombu would try a dead broker for six seconds, while a customer waits for his order's
        # page.
        "max_retries": 0,
        "socket_connect_timeout": 2,
        "socket_timeout": 5,
    },
    "CELERY_TIMEZONE": "UTC",
}
