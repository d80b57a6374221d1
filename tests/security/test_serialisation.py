"""S-34: nothing here is ever turned back into objects but JSON."""

from __future__ import annotations

import ast
import pickle
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from kombu import Connection, Exchange, Queue
from kombu.exceptions import ContentDisallowed
from kombu.message import Message
from kombu.serialization import loads

from smmpanel.celery import app
from smmpanel.embedded.runtime import PROJECT

APPS = ("legal", "accounts", "wallet", "services", "orders", "tickets", "smmpanel")
PICKLED = "application/x-python-serialize"
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "jsonpickle", "marshal", "shelve", "yaml"}
CALLS = {"eval", "exec", "compile", "__import__"}
NAMES = {"PickleSerializer", "RedisSerializer", "unpickle"}


class Bomb:
    """Unpickling it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


def sources() -> list[Path]:
    found = [path for name in APPS for path in (PROJECT / name).rglob("*.py")]
    return [*found, PROJECT / "manage.py"]


def dangers(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found += [alias.name for alias in names if alias.name.split(".")[0] in MODULES]
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in MODULES:
                found.append(module)
            case ast.Call(func=ast.Name(id=name)) if name in CALLS:
                found.append(name)
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in NAMES:
                found.append(name)
    return found


def test_no_source_reads_anything_but_data() -> None:
    assert len(sources()) > 100
    found = {str(path): dangers(ast.parse(path.read_text())) for path in sources()}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from yaml import load",
        "eval('1')",
        "signing.loads(x, serializer=PickleSerializer)",
        "import os, marshal",
    ],
)
def test_the_search_finds_what_it_looks_for(line: str) -> None:
    assert dangers(ast.parse(line))


def test_celery_takes_json_only() -> None:
    assert set(app.conf.accept_content) == {"json"}
    assert set(app.conf.result_accept_content or ["json"]) == {"json"}
    formats = ("task_serializer", "result_serializer", "event_serializer")
    assert {app.conf[name] for name in formats} == {"json"}


def test_a_pickled_message_is_refused_unread(tmp_path: Path) -> None:
    """As a worker's consumer reads it: from a broker, with the content types of the settings."""
    bomb, refused = tmp_path / "bomb", []

    def read(message: Message) -> None:
        with pytest.raises(ContentDisallowed):
            message.decode()
        refused.append(message)

    with Connection("memory://") as connection:
        queue = Queue("celery", Exchange("celery"), "celery", channel=connection.default_channel)
        connection.Producer(serializer="pickle").publish(
            Bomb(bomb), routing_key="celery", exchange=queue.exchange, declare=[queue]
        )
        with connection.Consumer(queue, accept=app.conf.accept_content, on_message=read):
            connection.drain_events(timeout=5)
    assert len(refused) == 1
    assert not bomb.exists()


def test_the_same_message_would_have_run_where_pickles_are_read(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb"
    loads(pickle.dumps(Bomb(bomb)), PICKLED, "binary", accept=[PICKLED])
    assert bomb.exists()


def test_sessions_are_json() -> None:
    assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"


def test_a_pickle_in_the_cache_is_not_read(tmp_path: Path) -> None:
    cache.set("known", {"a": [1, 2]})
    assert cache.get("known") == {"a": [1, 2]}
    bomb = tmp_path / "bomb"
    client = cache._cache.get_client()  # type: ignore[attr-defined]
    client.set(cache.make_key("planted"), pickle.dumps(Bomb(bomb)))
    with pytest.raises(ValueError):  # noqa: PT011 - of whatever kind, before anything is built
        cache.get("planted")
    assert not bomb.exists()
