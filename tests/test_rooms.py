"""Which module may know which is checked by import-linter; that it knows of every module, here."""

import ast
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
ROOMS = ("accounts", "intake", "leads", "teams", "leadhub")


def contract(begins: str) -> dict[str, Any]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    found: dict[str, Any] = next(each for each in contracts if each["name"].startswith(begins))
    return found


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def says_it_is_pure(path: Path) -> bool:
    return "Pure" in (ast.get_docstring(ast.parse(path.read_text())) or "")


def test_every_module_that_says_it_is_pure_is_held_to_it() -> None:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]

    pure = {module(path) for path in files if says_it_is_pure(path)}

    assert pure - set(contract("Pure")["source_modules"]) == set()


def test_every_module_of_the_composition_is_above_the_rooms_and_imported_by_none() -> None:
    composed = {f"leadhub.{path.stem}" for path in (ROOT / "leadhub").iterdir() if path.suffix == ".py"}
    composed |= {f"leadhub.{path.parent.name}" for path in (ROOT / "leadhub").glob("*/__init__.py")}

    above = set(contract("Rooms")["layers"][0].split(" : "))

    assert above == set(contract("Nobody imports the composition")["forbidden_modules"])
    assert composed - above == {"leadhub.__init__", "leadhub.lib"}
