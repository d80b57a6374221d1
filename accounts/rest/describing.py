"""Describes REST v3 while it is declared: what an operation is called, takes and answers stands at
the method that does it, and /api/v3/openapi.yaml is made of that (drf-spectacular)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from accounts.rest import problems
from accounts.rest.problems import MEDIA_TYPE, Problem

Method = TypeVar("Method", bound=Callable[..., object])
# A serializer's class, one of them, or a schema as it stands.
Shape: TypeAlias = Any

_ALWAYS = (
    problems.INVALID_KEY,
    problems.ADDRESS_REFUSED,
    problems.NOT_ACCEPTABLE,
    problems.TOO_MANY_REQUESTS,
    problems.API_SUSPENDED,
    problems.INTERNAL_ERROR,
    problems.API_PAUSED,
)
_WITH_BODY = (
    problems.UNREADABLE,
    problems.INCORRECT,
    problems.TOO_LARGE,
    problems.WRONG_MEDIA_TYPE,
)


# Filled while the methods are declared.
_DECLARED: dict[str, list[Problem]] = {}


class WrongMember(serializers.Serializer):
    parameter = serializers.CharField(help_text="Its name; inside a list with its place: `tags.2`.")
    detail = serializers.CharField()


class ProblemAnswer(serializers.Serializer):
    """A refusal, as RFC 9457 has it. Nothing was changed and nothing was charged."""

    type = serializers.CharField(help_text="Where the code is explained.")
    title = serializers.CharField(help_text="The same for each problem of this code.")
    status = serializers.IntegerField(help_text="The HTTP status.")
    detail = serializers.CharField(help_text="What is wrong with this very call, for people.")
    code = serializers.CharField(help_text="What programs compare; API v2 has the same codes.")
    parameter = serializers.CharField(required=False, help_text="The first of `errors`.")
    errors = WrongMember(many=True, required=False)


class Described(AutoSchema):
    """The first paragraph of a method's docstring is its summary, the rest its description."""

    def get_summary(self) -> str:
        return self._paragraphs()[0]

    def get_description(self) -> str:
        return self._paragraphs()[2]

    def _paragraphs(self) -> tuple[str, str, str]:
        said: str = super().get_description() or ""
        summary, gap, rest = said.partition("\n\n")
        return " ".join(summary.split()).removesuffix("."), gap, rest


class KeyInHeader(OpenApiAuthenticationExtension):
    target_class = "accounts.rest.authentication.HeaderKey"
    name = ["bearer", "apiKey"]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, str]]:
        about = "An API key of your account."
        return [
            {"type": "http", "scheme": "bearer", "description": about},
            {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": about},
        ]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[str]]]:
        return [{"bearer": []}, {"apiKey": []}]


def operation(
    name: str,
    *,
    answers: Mapping[int, Shape],
    asked: type[serializers.Serializer] | None = None,
    query: type[serializers.Serializer] | None = None,
    headers: Sequence[OpenApiParameter] = (),
    refusals: Sequence[Problem] = (),
    examples: Sequence[OpenApiExample] = (),
) -> Callable[[Method], Method]:
    """Says of a view's method what it is called (`operation_id`, also the action in a customer's
    list of calls), what it takes in body and address, and all that it can answer."""
    found = [*_ALWAYS, *refusals]
    found += _WITH_BODY if asked is not None else []
    found += [problems.INCORRECT]

    def declare(method: Method) -> Method:
        refused = [*found, *([] if method.__name__ == "get" else [problems.SCOPE_MISSING])]
        _DECLARED[name] = refused
        vars(method).update(operation_id=name, asked=asked, query=query)
        described: Method = extend_schema(
            operation_id=name,
            request=asked,
            parameters=[*headers, *([query] if query else [])],
            responses={**answers, **_problem_responses(refused)},
            examples=list(examples),
        )(method)
        return described

    return declare


def declared_problems(name: str | None = None) -> list[Problem]:
    """What an operation refuses, or any of all; each code with each of its statuses once."""
    named = _DECLARED.values() if name is None else [_DECLARED[name]]
    every = {(one.code, one.status): one for found in named for one in found}
    if name is None:
        every |= {(one.code, one.status): one for one in problems.OF_ANY_CALL}
    return [one for _key, one in sorted(every.items())]


def _problem_responses(found: Sequence[Problem]) -> dict[tuple[int, str], OpenApiResponse]:
    by_status: dict[int, dict[str, Problem]] = {}
    for problem in found:
        by_status.setdefault(problem.status, {})[problem.code] = problem
    return {
        (status, MEDIA_TYPE): OpenApiResponse(
            ProblemAnswer,
            description="\n".join(f"`{one.code}`: {one.advice}" for one in codes.values()),
        )
        for status, codes in sorted(by_status.items())
    }
