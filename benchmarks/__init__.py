"""How fast it is, beside the floor and beside what others use: docs/benchmarks.md.

    python -m benchmarks                  what `make bench` measures unasked
    python -m benchmarks features large   some sections
    python -m benchmarks all              all of them

`make bench` installs what the rivals need and runs it. Everything compared is measured in turn in
the same run, several times, in CPU-seconds: other work on the machine then weighs less.

`sections` says what a section is and names them all; `page` keeps the page, `measure` and
`progress` serve every section.
"""
