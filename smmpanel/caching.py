"""What the cache holds is JSON: whoever could write to it could otherwise run code here (S-34)."""

import json


class JsonSerializer:
    """Values go in and come out as JSON; integers stay plain, so that Redis can count with them."""

    def dumps(self, value: object) -> bytes | int:
        if type(value) is int:
            return value
        return json.dumps(value).encode()

    def loads(self, data: bytes) -> object:
        return json.loads(data)
