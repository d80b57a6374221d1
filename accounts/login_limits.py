"""Guessing a password costs the guesser, never the owner (S-09; ASVS 6.1.1, 6.3.1).

| who                        | what counts                        | wrong tries      |
|----------------------------|------------------------------------|------------------|
| a browser nobody knows     | its address, whatever the e-mail   | 20 in 1 minute   |
|                            | the e-mail, whatever the address   | 10 in 5 minutes  |
| a browser that has logged  | that browser with that e-mail      | 10 in 5 minutes  |
| in with this e-mail before | and nothing else                   |                  |

So a thousand guesses from a thousand addresses shut the door for strangers only, and the owner in a
new place still has the way by mail: a password reset clears the e-mail's count. An e-mail without
an account is counted just the same.
"""

import hashlib
from dataclasses import dataclass

from accounts import throttling
from accounts.devices import Device


@dataclass(frozen=True, slots=True)
class Guess:
    """A password tried for an e-mail, from where and with what browser."""

    email: str
    ip: str
    device: Device | None


@dataclass(frozen=True, slots=True)
class _Limit:
    bucket: str
    tries: int
    seconds: int


def count_try(guess: Guess) -> int | None:
    """Count a try before the password is looked at; return None, or the seconds to wait.

    Raises RedisError: without counters nobody gets to guess.
    """
    for limit in _limits(guess):
        wait = throttling.hit(bucket=limit.bucket, limit=limit.tries, seconds=limit.seconds)
        if wait is not None:
            return wait
    return None


def take_back(guess: Guess) -> None:
    """The password was right: only wrong tries count."""
    for limit in _limits(guess):
        throttling.forgive(bucket=limit.bucket)


def clear(*, email: str) -> None:
    """The owner has set a new password by mail: forget the guesses at the old one."""
    throttling.forget(bucket=_of_email(email).bucket)


def _limits(guess: Guess) -> list[_Limit]:
    if guess.device is not None and guess.device.knows(guess.email):
        bucket = f"login:device:{guess.device.number}:{_digest(guess.email)}"
        return [_Limit(bucket=bucket, tries=10, seconds=300)]
    bucket = f"login:ip:{throttling.network_of(guess.ip)}"
    return [_Limit(bucket=bucket, tries=20, seconds=60), _of_email(guess.email)]


def _of_email(email: str) -> _Limit:
    return _Limit(bucket=f"login:email:{_digest(email)}", tries=10, seconds=300)


def _digest(email: str) -> str:
    return hashlib.sha256(email.lower().encode(errors="replace")).hexdigest()[:32]
