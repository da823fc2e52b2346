"""Telling whoever waits what is being done."""

from __future__ import annotations

import click

from benchmarks.measure import cpu


def say(text: str) -> None:
    """Write a line to the terminal."""
    click.echo(f"{text} ({cpu():.0f} CPU-seconds so far)", err=True)
