"""One module per command of ``ladder``, each exposing ``command``.

The only place that may reach up into training beyond the bundle, and only inside functions, so
that a machine which serves needs neither MLflow nor scikit-learn.
"""
