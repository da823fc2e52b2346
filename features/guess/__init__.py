"""Guess: what ``ladder init`` proposes for the files that a person shows.

    found = guesses(path)                 a `Guess` per table that a file tells of
    agreeing([(address, one), ...])       what several files say, told once
    template([(address, one), ...])       the text of a ``ladder.toml``

`tables` asks for the `profile` of a file, by `matching` which columns are called like ours
(`names`), which of its sums was paid (`amounts`), which orders were `undone`, what its `events` are
and which `attributes` customers have since when, lets `completion` fill what names leave open, and
adds what a file of customers says besides (`derived`). A file with a column per year or gift is
read as rows (`wide`, `numbered`). `agreement` brings together what several files say, `joining`
lines and refunds with their orders; `merged` knows files of ids that became another. Whatever else
reads a shop's rows knows nothing of this: what is guessed becomes text, which a person reads before
it counts.
"""

from features.guess.agreement import agreeing, left_out, merging
from features.guess.proposal import Guess
from features.guess.tables import guesses
from features.guess.template import template

__all__ = ["Guess", "agreeing", "guesses", "left_out", "merging", "template"]
