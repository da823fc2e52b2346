"""Tables as a terminal, a pipe and a narrow window see them."""

from __future__ import annotations

import pytest

from serving.terminal.show import figures, say, table

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


def test_a_line_a_cell_leaves_out_empty_cells_and_ends_apart_from_what_follows(
    terminal: pytest.MonkeyPatch, capsys: Output
) -> None:
    terminal.setenv("COLUMNS", "25")
    table(("version", "", "AUROC"), [("deca266cb372", "", "0.868"), ("6e1b7c2cf892", "serves", "")])
    assert [line.rstrip() for line in capsys.readouterr().out.split("\n")] == [
        "",
        "version  deca266cb372",
        "AUROC    0.868",
        "",
        "version  6e1b7c2cf892",
        "         serves",
        "",
        "",
    ]


def test_figures_that_a_window_has_no_room_for_stand_below_beside_their_names(
    terminal: pytest.MonkeyPatch, capsys: Output
) -> None:
    terminal.setenv("COLUMNS", "60")
    sure = "0.868 [0.850, 0.880]"
    figures(("", "AUROC", "Brier", "log-loss"), [("model", *[sure] * 3), ("the rule", *[sure] * 3)])
    shown = "\n".join(printed(capsys))
    assert shown.index("Brier") < shown.index("model") < shown.index("log-loss")
    assert shown.count("model") == shown.count("the rule") == 2
    assert shown.count(sure) == 6
    figures(("", "AUROC"), [("model", sure)])
    assert len(printed(capsys)) == 3, "what has room stays together"


def test_figures_below_leave_out_rows_that_have_none(
    terminal: pytest.MonkeyPatch, capsys: Output
) -> None:
    terminal.setenv("COLUMNS", "33")
    sure = "0.868 [0.850, 0.880]"
    figures(
        ("day", "AUROC", "Brier", "why"), [("May", sure, sure, ""), ("June", "too few", "", "")]
    )
    shown = printed(capsys)
    assert sum("May" in line for line in shown) == 2
    assert sum("June" in line for line in shown) == 1
    assert not any("why" in line for line in shown)


@pytest.mark.parametrize("width", range(77, 84))
def test_nothing_of_a_table_is_cut_off_at_the_edge(
    width: int, terminal: pytest.MonkeyPatch, capsys: Output
) -> None:
    terminal.setenv("COLUMNS", str(width))
    rule = "logistic regression on recency, frequency, money"
    table(
        ("the model is better by", "log-loss", "profit, EUR per 1,000"),
        [(rule, "+0.090 [+0.076, +0.104]", "+339 [+213, +448]")],
    )
    out = capsys.readouterr().out
    assert "+0.104]" in out
    assert "+448]" in out


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


def test_a_shops_words_do_nothing_to_a_terminal(
    terminal: pytest.MonkeyPatch, capsys: Output
) -> None:
    terminal.setenv("COLUMNS", "80")
    table(HEADS, [("\x1b[2Jclear", "churn", "\x9b1mbold")])
    in_a_table = capsys.readouterr().out
    say("The kind \x1b[2Jclear is \x9b1mbold.")
    for said in (in_a_table, capsys.readouterr().out):
        assert "?[2Jclear" in said
        assert "\x1b[2J" not in said
        assert "\x9b" not in said
