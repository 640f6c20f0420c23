"""Plain characters: as Unicode says, whatever is mixed with what."""

import doctest
import random
import unicodedata

import pytest

from crawler import characters
from crawler.characters import nfkc

# Latin with its accents, marks that join what stands before them, kana, jamo, hangul, Chinese, compatibility and wide forms.
RANGES = [(0x20, 0x250), (0x300, 0x370), (0x2000, 0x2070), (0x2460, 0x24FF), (0x3000, 0x3130), (0x1100, 0x1200), (0x3130, 0x3190),
          (0xAC00, 0xAD00), (0x4E00, 0x4F00), (0xF900, 0xFA6E), (0xFE10, 0xFE50), (0xFF00, 0xFFEF), (0x1F100, 0x1F12F)]  # fmt: skip


def test_the_examples_hold():
    assert doctest.testmod(characters).failed == 0


@pytest.mark.parametrize("seed", range(20))
def test_text_of_all_kinds_is_in_unicodes_own_form(seed):
    chosen = random.Random(seed)
    for _ in range(200):
        text = "".join(chr(chosen.randrange(*chosen.choice(RANGES))) for _ in range(12))
        assert nfkc(text) == unicodedata.normalize("NFKC", text), ascii(text)


def test_every_character_alone_and_behind_another_is():
    for code in (*range(0xD800), *range(0xE000, 0x14000), *range(0x1D000, 0x20000), *range(0x2F800, 0x2FA20)):
        text = f"年{chr(code)}"
        assert nfkc(text) == unicodedata.normalize("NFKC", text), ascii(text)
