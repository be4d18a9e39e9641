"""Workbooks of Excel and LibreOffice: one sheet, real dates and serial numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import Field

from ...config.delivery import FileSource, Opened
from ...errors import InputError
from ..cells import one_table
from ..library import library
from ..unpack import require_file

ENDINGS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


class ExcelFile(FileSource):
    """A sheet of a workbook, with one header row."""

    format: Literal["excel"] = "excel"
    path: str = Field(
        min_length=1,
        description="File, relative to the folder of the source; * and ? name several files, and ~ "
        "is your home folder.",
    )
    sheet: str | None = Field(None, description="Sheet, where the workbook has several.")
    skip_rows: int = Field(0, ge=0, description="Title rows above the header.")
    footer_rows: int = Field(0, ge=0, le=1000, description="Rows below the table.")

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
                "file is truncated or no workbook",
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
        merged = sheet.merged_cell_ranges or []
        top = [cells for cells in merged if cells[0][0] <= self.skip_rows <= cells[1][0]]
        if top:
            raise InputError(
                "cells of the header are merged",
                file=path,
                table=table,
                rule="every column has a name of its own",
                remedy="name in the run file the title rows above the header  skip_rows: "
                f"{self.skip_rows + 1}  or ask for a sheet with one header row",
            )
        rows = sheet.to_python(skip_empty_area=False)[self.skip_rows :]
        rows = rows[: len(rows) - self.footer_rows] if self.footer_rows else rows
        while rows and all(cell == "" for cell in rows[-1]):
            rows.pop()
        if not rows:
            raise InputError("sheet is empty", file=path, table=table)
        header = [str(cell).strip() for cell in rows[0]]
        return Opened(
            header,
            lambda wanted: iter([one_table(rows[1:], header, wanted, path, table)]),
        )
