"""One run at a time in one folder of results."""

import os

import pytest

from ipseval import lock
from ipseval.errors import InputError


def test_a_second_run_into_the_same_folder_is_refused(tmp_path):
    with lock.only_run(tmp_path, "twin"):
        with pytest.raises(InputError, match="another run is at work") as refused:
            lock.take(tmp_path, "twin")
        assert f"file: {tmp_path}/twin" in str(refused.value)
        with lock.only_run(tmp_path, "null"), lock.only_run(tmp_path / "other", "twin"):
            pass
    with lock.only_run(tmp_path, "twin") as (_, cut_off):
        assert not cut_off


@pytest.mark.parametrize(
    ("ending", "cut_off"), [(KeyboardInterrupt, True), (InputError("wrong"), False)]
)
def test_the_next_run_knows_whether_the_last_was_cut_off(tmp_path, ending, cut_off):
    with pytest.raises(BaseException), lock.only_run(tmp_path, "twin"):  # noqa: B017, PT011
        raise ending
    with lock.only_run(tmp_path, "twin") as (_, found):
        assert found is cut_off


def test_a_process_that_was_killed_holds_nothing(tmp_path):
    descriptor, _ = lock.take(tmp_path, "twin")
    os.close(descriptor)  # what the system does
    assert lock.take(tmp_path, "twin")[1], "it does not say that the run was cut off"


def test_the_lock_is_beside_the_results(tmp_path):
    with lock.only_run(tmp_path, "twin"):
        assert [path.name for path in tmp_path.iterdir()] == [".twin.lock"]


def test_a_folder_that_cannot_be_written_is_refused_in_words(tmp_path):
    (tmp_path / "results").write_text("a file")
    with pytest.raises(InputError, match="cannot be written: File exists") as refused:
        lock.take(tmp_path / "results", "twin")
    assert "to do: choose another one with --results" in str(refused.value)
