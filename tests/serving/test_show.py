"""Tables as a terminal, a pipe and a narrow window see them."""

from __future__ import annotations

import pytest

from serving.show import say, table

HEADS = ("version", "predicts", "AUROC")
ROWS = [("deca266cb372", "churn, return, refer, share, review", "0.868")]
Output = pytest.CaptureFixture[str]


def printed(capsys: Output) -> list[str]:
    return [line.rstrip() for line in capsys.readouterr().out.splitlines() if line.strip()]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    return monkeypatch


def test_a_pipe_gets_a_line_a_row(capsys: Output) -> None:
    table(HEADS, ROWS)
    assert len(printed(capsys)) == 2


def test_a_window_folds_between_words_only(terminal: pytest.MonkeyPatch, capsys: Output) -> None:
    terminal.setenv("COLUMNS", "61")
    table(HEADS, ROWS)
    text = "\n".join(printed(capsys))
    for word in ("deca266cb372", "predicts", "return,", "review", "0.868"):
        assert word in text


def test_a_window_too_narrow_gets_a_line_a_cell(
    terminal: pytest.MonkeyPatch, capsys: Output
) -> None:
    terminal.setenv("COLUMNS", "25")
    table(HEADS, ROWS)
    assert printed(capsys) == [
        "version   deca266cb372",
        "predicts  churn, return,",
        "          refer, share,",
        "          review",
        "AUROC     0.868",
    ]


def test_sentences_that_begin_with_a_number_stand_to_the_left(capsys: Output) -> None:
    reasons = ["32 signs of engagement in the last 90 days", "5 stars in the last review"]
    table(("reasons", "AUROC"), [(reason, "0.868 [0.85, 0.88]") for reason in reasons])
    assert all(
        line.startswith(said) for line, said in zip(printed(capsys)[1:], reasons, strict=True)
    )


def test_a_sentence_folds_between_words_and_never_within_a_command(
    terminal: pytest.MonkeyPatch, capsys: Output
) -> None:
    terminal.setenv("COLUMNS", "30")
    say("Nobody was contacted whoever asked: run `ladder score --at 2026-03-01` anew.")
    assert printed(capsys) == [
        "Nobody was contacted whoever",
        "asked: run",
        "`ladder score --at 2026-03-01`",
        "anew.",
    ]


def test_a_sentence_is_a_line_in_a_pipe(capsys: Output) -> None:
    say("word " * 100)
    assert len(printed(capsys)) == 1
