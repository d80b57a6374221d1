import json
import pickle

import pytest
from django.conf import settings
from django.core.cache import cache
from redis import Redis


@pytest.mark.parametrize("value", [0, 41, -1, 1.5, "text", None, True, [1, "a"], {"a": {"b": 1}}])
def test_a_value_comes_back_as_it_went_in(value: object) -> None:
    cache.set("value", value)
    assert cache.get("value", "missing") == value
    assert type(cache.get("value", "missing")) is type(value)


def test_numbers_can_be_counted_up_in_place() -> None:
    cache.set("number", 41)
    assert cache.incr("number") == 42


def test_a_pickle_that_somebody_wrote_is_never_opened() -> None:
    Redis.from_url(settings.REDIS_URL).set(cache.make_key("value"), pickle.dumps({"a": 1}))
    with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
        cache.get("value")
