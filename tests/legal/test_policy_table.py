import re
from io import StringIO
from pathlib import Path

from django.core.management import call_command

from legal.policy import SETTINGS

PAGE = Path(__file__).parents[2] / "docs" / "policies.md"
BEGIN, END = "<!-- manage.py policy_table -->\n", "<!-- end -->\n"


def printed() -> str:
    out = StringIO()
    call_command("policy_table", stdout=out)
    return out.getvalue()


def test_the_documentation_holds_what_the_code_declares():
    _before, _begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    table, end, _after = rest.partition(END)
    assert end
    assert table.strip() == printed().strip(), "run manage.py policy_table"


def test_the_table_names_every_setting_twice():
    for key in SETTINGS:
        assert printed().count(f"| `{key}` |") == 2


def test_a_row_is_named_once():
    ids = re.findall(r"^\| ([A-Z]{3}-\d\d) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert ids
    assert len(ids) == len(set(ids))
