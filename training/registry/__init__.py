"""MLflow: where a data scientist finds every training, its figures and its model.

`tracking` records, over `connection`; `trials` says what. `packaging` makes a bundle a model that
MLflow serves (`training.pyfunc`). The rest keeps the embedded store in order: `unfinished` ends
what a killed training left, `pruning` removes old versions, `relocation` follows a home that moved.
"""
