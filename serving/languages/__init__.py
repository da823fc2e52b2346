"""Languages in which reasons are read: a file of words each, and which one a reader wants.

``en.toml`` and ``de.toml`` hold words, plural forms and how numbers are written; another language
is another file beside them. `language` reads one, `accepted` picks one by a tag or a browser's
header. Features are declared in English (`features.catalogue`), so that ``en.toml`` holds no
sentences of theirs.
"""
