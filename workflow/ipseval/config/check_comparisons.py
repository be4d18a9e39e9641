"""Checks what exhibits of comparisons and counts name in the other files."""

from .names import Names


def check_comparisons(config, names: Names, where: str, spec, columns: list[str]) -> None:
    """Columns of people.parquet (`columns`), groups, and tables about no person."""
    groups, tables = config.trial.groups, config.extracts.tables
    match spec.kind:
        case "balance_tests":
            names.known("exhibits", f"{where}.group", [spec.group], groups)
            names.known("exhibits", f"{where}.sample", [spec.sample], columns)
            for row, compared in spec.rows.items():
                names.known("exhibits", f"{where}.rows.{row}", [compared.column], columns)
        case "counts_by_group":
            names.known("exhibits", f"{where}.groups", spec.groups, groups)
            used = [counted.column for counted in spec.rows]
            names.known("exhibits", f"{where}.rows", used, columns)
        case "histogram":
            names.known("exhibits", f"{where}.group", [spec.group], groups)
            names.known("exhibits", where, [spec.column, spec.sample], columns)
        case "scores_table":
            _columns(names, where, tables, spec.reviews, [spec.key, spec.panel])
            _columns(names, where, tables, spec.table, [spec.key, spec.item, spec.score])
        case "record_profile":
            _columns(names, where, tables, spec.table, [spec.panel, *spec.columns])


def _columns(names: Names, where: str, tables, name: str, used: list[str]) -> None:
    """Columns of a table, which must be about no person."""
    names.known("exhibits", f"{where}.table", [name], tables)
    if name in tables:
        names.known("exhibits", where, used, tables[name].columns)
        about_no_person(names, f"{where}.table", name, tables[name])


def about_no_person(names: Names, where: str, name: str, table) -> None:
    """Note a table of the extracts that has records of people."""
    if any(column.sensitivity != "aggregate" for column in table.columns.values()):
        problem = f"table '{name}' is about people; the report reads no such extract"
        names.say("exhibits", where, problem)
