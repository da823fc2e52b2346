"""The API's addresses, a module per subject, each with a ``router``."""
