"""SQL functions live in files beside the Python that calls them; migrations run those files."""

from pathlib import Path

from django.db import migrations


def run_sql_file(path: Path) -> migrations.RunSQL:
    """The migration operation that executes a file of SQL. It is not reversible."""
    return migrations.RunSQL(sql=path.read_text(encoding="utf-8"))
