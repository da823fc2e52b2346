"""How fast features are computed, beside the floor and beside what others use.

    python -m benchmarks            100 thousand customers; writes docs/benchmarks.md
    python -m benchmarks --large    a million customers as well, out of core

`make bench-features` installs what the rivals need and runs it. Everything compared is measured in
turn in the same run, several times, in CPU-seconds: other work on the machine then weighs less.
"""
