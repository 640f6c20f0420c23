"""What the pages say, in Chinese and English, from site/texts.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

FILE = Path(__file__).parents[2] / "texts.toml"


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """The words of one language. `t["codebook"]` is a text; a key that nobody wrote raises KeyError."""

    language: str
    words: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        return self.words[key]

    def name(self, group: str, key: str | None) -> str:
        """The name of something that the database says by key: a state, a kind of issue, a scope; the key itself if new."""
        return self.words.get(f"{group}.{key}", key or self.words["unknown"])

    def label(self, chinese: str | None, english: str | None) -> str:
        """A label of the codebook in this language; English that the form file leaves out is looked up by the Chinese."""
        if self.language == "en":
            return english or self.words.get(f"printed.{chinese}", chinese or "")
        return chinese or ""


@cache
def load_texts(file: Path = FILE) -> Mapping[str, Texts]:
    """The texts by language. Raises KeyError where one is missing in a language."""
    with file.open("rb") as opened:
        groups = tomllib.load(opened)
    words: dict[str, dict[str, str]] = {"zh": {}, "en": {}}
    for group, texts in groups.items():
        for key, said in texts.items():
            for language, known in words.items():
                known[key if group == "general" else f"{group}.{key}"] = said[language]
    return MappingProxyType({language: Texts(language, MappingProxyType(known)) for language, known in words.items()})
