"""The command line before any verb is at work."""

import tomllib

import pytest

from ipseval import workflow_run
from ipseval.cli import main
from ipseval.config.load import load_project
from ipseval.provenance import ROOT
from ipseval.workflow_run import folder_of, overrides_of


def test_alone_it_prints_the_help(capsys):
    assert main([]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("usage: ipseval")
    assert "ipseval report --run null" in said.out
    assert said.err == ""


def test_version(capsys):
    assert main(["--version"]) == 0
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert capsys.readouterr().out == f"ipseval {declared}\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["reprot"], "unknown verb 'reprot'; did you mean 'report'?"),
        (
            ["concordence", "--run", "null"],
            "unknown verb 'concordence'; did you mean 'concordance'?",
        ),
        (["xyz"], "unknown verb 'xyz'; known: allocation, audit, calibrate"),
        (["--cores=2"], "a verb is needed: report, release, check, audit"),
        (["docs", "--runn"], "unrecognised arguments: --runn"),
    ],
)
def test_misspelt(capsys, arguments, complaint):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err


def test_stopped_by_ctrl_c(capsys, monkeypatch):
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(workflow_run, "run_workflow", interrupted)
    assert main(["report"]) == 130
    assert capsys.readouterr().err == "ipseval report: stopped\n"


@pytest.mark.parametrize(
    ("results", "named"),
    [
        (str(ROOT / "results"), "results"),
        ("~/mine", "HOME/mine"),
        ("{x} # y: 1", "CWD/{x} # y: 1"),
    ],
)
def test_results_may_lie_anywhere(tmp_path, monkeypatch, results, named):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    named = named.replace("HOME", str(tmp_path / "home")).replace("CWD", str(tmp_path))
    overrides = overrides_of("small", results)
    assert overrides == {"run": "small", "results": named}
    assert folder_of(load_project(ROOT, overrides).main) == ROOT / named / "small"
