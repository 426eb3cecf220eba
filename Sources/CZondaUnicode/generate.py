"""Writes normalization.bin from the Unicode Character Database: decompositions, combining classes, compositions.

Run with Python and the package `unicodedata2` (Unicode 18.0):  python3 generate.py normalization.bin
Little-endian 32-bit words:
  count of decompositions, count of their scalars, count of combining classes, count of compositions
  decompositions: scalar | length << 21 | isCompatibility << 31 (ascending), each fully decomposed;
    a character with both forms has a canonical record and then a compatibility record
  scalars of the decompositions, one after the other
  combining classes: scalar | class << 21, ascending
  compositions: first, second, composed; ascending
"""

import struct
import sys

import unicodedata2 as ucd

decompositions, scalars, classes, compositions = [], [], [], []
for value in range(0x110000):
    character = chr(value)
    if 0xD800 <= value < 0xE000:
        continue
    if ucd.combining(character):
        classes.append(value | ucd.combining(character) << 21)
    if 0xAC00 <= value < 0xD7A4:
        continue  # Hangul syllables are computed.
    canonical = ucd.normalize("NFD", character)
    compatible = ucd.normalize("NFKD", character)
    for form, flag in ((canonical, 0), (compatible, 1)):
        if form != (character if flag == 0 else canonical):
            decompositions.append(value | len(form) << 21 | flag << 31)
            scalars += [ord(scalar) for scalar in form]
    mapping = ucd.decomposition(character).split()
    if len(mapping) == 2 and not mapping[0].startswith("<"):
        pair = [int(part, 16) for part in mapping]
        if ucd.normalize("NFC", character) == character:
            compositions.append((*pair, value))
compositions.sort()
words = [len(decompositions), len(scalars), len(classes), len(compositions)]
words += decompositions + scalars + classes + [value for triple in compositions for value in triple]
with open(sys.argv[1], "wb") as file:
    file.write(struct.pack(f"<{len(words)}I", *words))
