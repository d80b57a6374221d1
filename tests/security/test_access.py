"""S-01, S-02 and ASVS 4.1.4: who gets what at every address, by the table in access.py (ORD-14)."""

from __future__ import annotations

from collections import defaultdict

from django.contrib import admin
from django.test import RequestFactory

from tests.security import access
from tests.security.checksums import checksum
from tests.security.targets import every_target
from tests.security.walking import OTHER_METHODS, Visit, undone
from tests.security.world import FIONA, OLGA, ROLES, ROOT, SAM, World

FOR_PROGRAMS = {"api_v2", "api/v2/", "stripe_webhook"}
NOWHERE = {"api_v3_nothing", "adminapi_unknown"}
# What programs change and delete there; without a key they are told so first.
CHANGED = {("PATCH", "api_v3_webhook"), ("DELETE", "api_v3_webhook")}


def found(visits: list[Visit], method: str) -> dict[str, list[str]]:
    """What each of ROLES got at each address."""
    words = defaultdict(list)
    for visit in visits:
        if visit.method == method:
            words[visit.key].append(visit.word)
    return words


def test_every_address_is_in_the_table() -> None:
    missing = []
    for target in every_target():
        try:
            access.expected(target.key, model=target.model)
        except KeyError:
            missing.append(target.key)
    assert missing == []


def test_the_table_names_no_address_that_is_gone() -> None:
    targets = every_target()
    assert set(access.PAGES) - {target.key for target in targets} == set()
    models = {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}
    assert set(access.RIGHTS) == models


def test_everybody_gets_what_the_table_says(visits: list[Visit]) -> None:
    targets = {visit.key: visit.model for visit in visits}
    differences = []
    for number, method in enumerate(("GET", "POST")):
        for key, words in found(visits, method).items():
            wanted = access.expected(key, model=targets[key])[number]
            if any(word not in want.split("|") for word, want in zip(words, wanted, strict=True)):
                differences.append(f"{method} {key}: {words}, not {wanted}")
    assert differences == []


def test_a_strangers_answer_is_that_for_what_does_not_exist(
    pairs: list[tuple[Visit, Visit]],
) -> None:
    refused = [(theirs, nothing) for theirs, nothing in pairs if theirs.status == 404]
    assert {theirs.key for theirs, _ in refused} >= {
        key for key, (get, _post) in access.PAGES.items() if get == access.OWNER
    }
    for theirs, nothing in refused:
        assert theirs.status == nothing.status == 404, theirs.about
        assert theirs.body == nothing.body, theirs.about
        assert theirs.headers.keys() == nothing.headers.keys(), theirs.about


def test_a_head_is_a_get_without_its_body(visits: list[Visit]) -> None:
    gets = {(visit.key, visit.role): visit for visit in visits if visit.method == "GET"}
    heads = [visit for visit in visits if visit.method == "HEAD"]
    for head in heads:
        get = gets[head.key, head.role]
        assert head.body == "", head.about
        assert head.word == (get.word if head.key not in GET_ONLY else "never"), head.about


# Addresses that name their methods without HEAD.
GET_ONLY = FOR_PROGRAMS | {
    "accounts:profile",
    "accounts:api_keys",
    "accounts:api_key_revoke",
    "admin:login",
}


def test_no_page_takes_any_other_method(visits: list[Visit]) -> None:
    odd = [visit for visit in visits if visit.method in OTHER_METHODS]
    assert {visit.method for visit in odd} == set(OTHER_METHODS)
    asked = [visit for visit in odd if (visit.method, visit.key) not in CHANGED]
    somewhere = [visit for visit in asked if visit.key not in NOWHERE]
    assert [visit.about for visit in somewhere if visit.status != 405] == []
    pages = [visit for visit in somewhere if not _is_of_a_program(visit.key)]
    allowed = {visit.headers["Allow"] for visit in pages}
    assert allowed == {"GET, HEAD, POST"}


def _is_of_a_program(key: str) -> bool:
    return key in FOR_PROGRAMS or key.startswith(("api_v3_", "adminapi_"))


def test_every_action_of_the_admin_is_in_the_table(world: World) -> None:
    others = {name for name in every_action(world) if not name.endswith(" delete_selected")}
    assert others == set(access.ACTIONS)


def test_an_action_of_the_admin_works_for_nobody_without_its_right(world: World) -> None:
    done = set()
    before = checksum()
    for name in every_action(world):
        model, action = name.split()
        rights = dict(zip((SAM, OLGA, FIONA), access.RIGHTS[model], strict=True)) | {ROOT: "vacd"}
        form = {"action": action, "_selected_action": world.rows[model], "post": "yes"}
        form |= {"reason": "to see whether it works"}
        for role in (*ROLES, ROOT):
            with undone():
                world.client(role).post(f"/admin/{model.replace('_', '/')}/", form)
                if checksum() != before:
                    assert access.ACTIONS.get(name, "d") in rights.get(role, ""), (name, role)
                    done.add(name)
    assert "services_customprice delete_selected" in done


def every_action(world: World) -> list[str]:
    """Each action that a superuser has, with its model."""
    request = RequestFactory().get("/admin/")
    request.user = world.people[ROOT]
    return [
        f"{model._meta.app_label}_{model._meta.model_name} {action}"
        for model, model_admin in admin.site._registry.items()
        for action in model_admin.get_actions(request)
    ]
