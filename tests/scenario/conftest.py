"""Scenario files for tests."""

import pytest


@pytest.fixture
def variant(toy_scenario, tmp_path):
    """Write a file that extends the toy scenario, and name it."""

    def write(text, name="variant", extends=None):
        path = tmp_path / f"{name}.toml"
        base = extends or toy_scenario.as_posix()
        head = f'extends = "{base}"\nname = "{name}"\n'
        path.write_text(head + text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def edited(variant):
    """Write a file of one change, and name it."""

    def write(key, edit):
        return variant(f"\n[[changes]]\nkey = '{key}'\n{edit}\n")

    return write
