"""Workbooks of Excel and LibreOffice: one sheet, real dates and serial numbers."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree

from pydantic import Field

from ...config.delivery import FileSource, Opened, PathOrPattern
from ...errors import InputError, counted
from ..cells import one_table
from ..library import library
from ..unpack import require_file

ENDINGS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


class ExcelFile(FileSource):
    """A sheet of a workbook, with one header row."""

    format: Literal["excel"] = "excel"
    path: PathOrPattern
    sheet: str | None = Field(None, description="Sheet, where the workbook has several.")
    skip_rows: int = Field(0, ge=0, description="Title rows above the header.")
    footer_rows: int = Field(0, ge=0, le=1000, description="Rows below the table.")
    names: tuple[str, ...] = Field(
        (), description="Names of all columns in order, for a sheet without a header."
    )

    def opened(self, path: Path, table: str, say: Callable[[str], None]) -> Opened:
        """Return the columns and the rows of the sheet."""
        calamine = library("python_calamine", path, table)
        require_file(path, table)
        try:
            book = calamine.CalamineWorkbook.from_path(str(path))
        except calamine.PasswordError:
            raise InputError(
                "workbook is locked with a password",
                file=path,
                table=table,
                remedy="save it without a password where only you may read",
            ) from None
        except calamine.CalamineError:
            raise InputError(
                "file is truncated or not a workbook",
                file=path,
                table=table,
                remedy="ask for the file again",
            ) from None
        names = book.sheet_names
        if (self.sheet is None and len(names) != 1) or self.sheet not in (None, *names):
            raise InputError(
                f"the workbook has {len(names)} sheets"
                + ("" if self.sheet is None else f", none called '{self.sheet}'"),
                file=path,
                table=table,
                expected=", ".join(names),
                remedy="name the sheet in the run file  sheet: <name>",
            )
        sheet = book.get_sheet_by_name(self.sheet or names[0])
        self._refuse_merged(sheet, path, table)
        rows = sheet.to_python(skip_empty_area=False)[self.skip_rows :]
        rows = rows[: len(rows) - self.footer_rows] if self.footer_rows else rows
        while rows and all(cell == "" for cell in rows[-1]):
            rows.pop()
        if not rows:
            raise InputError("sheet is empty", file=path, table=table)
        if self.names:
            rows = [list(self.names), *rows]
            if {len(row) for row in rows} != {len(self.names)}:
                raise InputError(
                    f"the sheet has {counted(len(rows[-1]), 'column', 'columns')}, and "
                    f"{counted(len(self.names), 'name is', 'names are')} given",
                    file=path,
                    table=table,
                    remedy="name every column in order under names in the run file",
                )
        header = [_name(cell) for cell in rows[0]]
        if blank := [i for i, row in enumerate(rows) if all(cell == "" for cell in row)]:
            raise InputError(
                f"{counted(len(blank), 'row is', 'rows are')} blank, so that another table or a "
                "note may stand below",
                file=path,
                table=table,
                rows=blank,
                rule="a sheet has one table",
                remedy="leave out what stands below, in the run file  footer_rows: "
                f"{len(rows) - blank[0] + self.footer_rows}  or ask for the sheet without blank "
                "rows",
            )
        ending = path.suffix.lower()
        if ending in (".xlsb", ".xls"):
            say(
                f"{path}: a cell with an error, such as #N/A, or a formula without a value is "
                f"read as an empty one; where there may be any, ask for .xlsx, not {ending}"
            )
        else:
            is_open_document = ending == ".ods"
            places = (_without_value_ods if is_open_document else without_value)(path, sheet.name)
            asked = {i for i, name in enumerate(header) if name}
            above = self.skip_rows - bool(self.names)  # rows above the header, given or not
            first, last = above + 1, above + len(rows)
            hidden = {
                row - above for row, place in places if first < row + 1 <= last and place in asked
            }
            if hidden or (-1, -1) in places:
                raise InputError(
                    "cells are formulas without a stored value, or errors such as #N/A",
                    file=path,
                    table=table,
                    rows=sorted(hidden),
                    rule="every cell has a value, or is empty",
                    remedy="open the workbook in its program, mend the errors, save it again, or "
                    "have the values pasted in place of the formulas",
                )
        return Opened(
            header,
            lambda wanted: iter([one_table(rows[1:], header, wanted, path, table)]),
        )

    def _refuse_merged(self, sheet: Any, path: Path, table: str) -> None:
        """Raise InputError for merged cells in the header or below: all but one would be empty."""
        merged = sheet.merged_cell_ranges or []
        last = (sheet.end or (0, 0))[0] - self.footer_rows
        rows = sorted({cells[0][0] for cells in merged if self.skip_rows <= cells[1][0] <= last})
        if not rows:
            return
        is_header = rows[0] <= self.skip_rows
        raise InputError(
            "cells of the header are merged" if is_header else "cells of the table are merged",
            file=path,
            table=table,
            rows=[] if is_header else [row - self.skip_rows for row in rows],
            rule="every column has a name of its own" if is_header else "every cell has its value",
            remedy="name in the run file the title rows above the header  skip_rows: "
            f"{self.skip_rows + 1}  or ask for a sheet with one header row"
            if is_header
            else "ask for the sheet without merged cells",
        )


def _name(cell: object) -> str:
    is_whole = isinstance(cell, float) and cell.is_integer()
    return str(int(cell) if is_whole and isinstance(cell, float) else cell).strip()


def without_value(path: Path, sheet: str) -> list[tuple[int, int]]:
    """Return (row, column) from 0 of cells of a sheet that hold an error or an unstored formula.

    python-calamine gives them as empty ones.
    """
    with zipfile.ZipFile(path) as archive:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - no entities
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
        asked = next(node for node in book.findall(".//{*}sheet") if node.get("name") == sheet)
        link = next(value for key, value in asked.attrib.items() if key.endswith("}id"))
        target = next(n.get("Target", "") for n in links if n.get("Id") == link)
        content = archive.read(posixpath.normpath(posixpath.join("/xl", target)).lstrip("/"))
    if b't="e"' not in content and not _FORMULA.search(content):
        return []
    found = []
    for cell in _CELL.finditer(content):
        given, inner = cell[1], cell[2] or b""
        # A formula that gives empty text is stored with its type.
        unstored = b't="str"' not in given and not _VALUE.search(inner)
        if b't="e"' in given or (unstored and _FORMULA.search(inner)):
            place = _PLACE.search(given)
            found.append(_numbers(place[1].decode(), int(place[2])) if place else (-1, -1))
    return found


def _without_value_ods(path: Path, sheet: str) -> list[tuple[int, int]]:
    """Return the same of a sheet of OpenDocument."""
    with zipfile.ZipFile(path) as archive:
        book = ElementTree.fromstring(archive.read("content.xml"))  # noqa: S314 - no entities
    found, row = [], 0
    table = next(node for node in book.iter(f"{{{_TABLE}}}table") if _of(node, "name") == sheet)
    for line in table.iter(f"{{{_TABLE}}}table-row"):
        column = 0
        for cell in line:
            is_formula = _of(cell, "formula") is not None
            kinds = [value for key, value in cell.attrib.items() if key.endswith("}value-type")]
            shown = "".join(cell.itertext())
            is_wrong = is_formula and (not kinds or shown.startswith(("#", "Err:")))
            if is_wrong or "error" in kinds:
                found.append((row, column))
            column += int(_of(cell, "number-columns-repeated") or 1)
        row += int(_of(line, "number-rows-repeated") or 1)
    return found


_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"


def _of(node: ElementTree.Element, name: str) -> str | None:
    return node.get(f"{{{_TABLE}}}{name}")


_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>[^<]")
_PLACE = re.compile(rb'\br="([A-Z]+)([0-9]+)"')


def _numbers(letters: str, row: int) -> tuple[int, int]:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return row - 1, column - 1
