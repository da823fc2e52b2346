"""Reading: a file, a query, a database or a frame becomes a relation in the workspace.

    sources.opened(workspace, source, ...)    a `Relation`

`files` says which files an address means; `delimited` and `texts` read CSV of any dialect, encoding
and line end, `columnar` Parquet files that type a column unlike, `surrogates` half characters in
JSON; `databases` and `frames` what is no file. `scopes` finds types for text, and `cells` makes
text, instants and numbers of it; `formats` knows dates that are not ISO 8601,
`notation` numbers, yes and no that are not plain, and `blanks` are what is stripped around a text.
"""
