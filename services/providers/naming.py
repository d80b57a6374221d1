"""From a provider's names and wrappings to values: the readers above know no name themselves.

Whatever is said twice and differently is `Malformed`, which no reader vouches for.
"""

from services.providers.answers import Answer
from services.providers.dialect import Dialect, contains
from services.providers.fields import evidence
from services.providers.shapes import Names
from services.providers.strict_json import Json, Malformed

Entry = dict[str, Json]

ABSENT: tuple[Json, ...] = (None, "")
COMPLAINT_LIMIT = 500
TWO_VALUES = Malformed("two different values")


def pick(entry: Entry, names: Names) -> Json:
    """What an entry says under any of these names, None where it says nothing."""
    if len(names) == 1:
        return entry.get(names[0])
    said = [entry[name] for name in names if entry.get(name) not in ABSENT]
    if not said:
        return next((entry[name] for name in names if name in entry), None)
    return said[0] if len({str(value) for value in said}) == 1 else TWO_VALUES


def first(entry: Entry, names: Names) -> Json:
    """The first of these names that says anything: for texts, of which any will do."""
    return next((entry[name] for name in names if entry.get(name)), None)


def has(entry: Entry, names: Names) -> bool:
    """Whether an entry has one of these names, whatever it says."""
    return any(name in entry for name in names)


def complaint_of(entry: Entry, *, dialect: Dialect) -> Json:
    """What stands where errors stand; None for the empty ones that are usual beside a success."""
    for name in dialect.fields.error:
        complaint = entry.get(name)
        if isinstance(complaint, list) and len(complaint) == 1:
            complaint = complaint[0]
        if complaint not in ABSENT and complaint is not False and complaint != []:
            return complaint
    return None


def error_text(answer: Answer, entry: Entry, *, dialect: Dialect) -> str | None:
    """What an answer complains about, masked; None when it does not complain."""
    complaint = complaint_of(entry, dialect=dialect)
    if complaint is not None:
        return evidence(answer, complaint, limit=COMPLAINT_LIMIT)
    verdicts = [evidence(answer, entry.get(name)) for name in dialect.fields.verdict]
    if not any(contains(dialect.failure_words, verdict) for verdict in verdicts):
        return None
    stated = first(entry, dialect.fields.message)
    return evidence(answer, "" if stated is None else stated, limit=COMPLAINT_LIMIT)


def opened(answer: Answer, value: Json, *, dialect: Dialect) -> Json:
    """The part of an answer that says something, where the dialect wraps it.

    Of a complaint everything is kept, so that a text or a number inside is not missed. What comes
    unwrapped is taken as it is.
    """
    if not isinstance(value, dict):
        return value
    name = next((one for one in dialect.wrappers if isinstance(value.get(one), dict | list)), None)
    if name is None:
        return value
    inside, around = value[name], {key: said for key, said in value.items() if key != name}
    if error_text(answer, around, dialect=dialect) is not None:
        return _merged(around, inside) if isinstance(inside, dict) else around
    if not isinstance(inside, dict):
        return inside
    # {"status": "success"} around a report is no status of an order.
    envelope = {*dialect.fields.verdict, *dialect.fields.message, *dialect.fields.error, "code"}
    return _merged(inside, {key: said for key, said in around.items() if key not in envelope})


def _merged(one: Entry, other: Entry) -> Entry:
    return {name: _one_of(one.get(name), other.get(name)) for name in one.keys() | other.keys()}


def _one_of(one: Json, other: Json) -> Json:
    if one in ABSENT or other in ABSENT:
        return other if one in ABSENT else one
    return one if str(one) == str(other) else TWO_VALUES
