"""The bench itself: its quick form measures everything it names."""

from pathlib import Path

import pytest

from tests.bench.__main__ import main


def test_every_line_of_the_quick_bench_has_a_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--quick", "--out", str(tmp_path)])
    text = (tmp_path / "table.md").read_text()
    assert text in capsys.readouterr().out
    head, rule, *lines = [line.strip("| ").split(" | ") for line in text.splitlines()]
    assert head == ["work", "ours", "peer", "ratio"]
    assert rule
    assert len({line[0] for line in lines}) == len(lines) == 86
    for work, ours, peer, _ratio in lines:
        assert any(letter.isdigit() for letter in ours), work
        assert peer
