"""Cuts the bundled fonts from Debian's `fonts-inter` (see README.md beside this file).

    python3 subset.py /usr/share/fonts/opentype/inter
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

# Latin with its accents, the punctuation of captions, and the signs of arithmetic.
UNICODES = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),
    *[ord(sign) for sign in "–—‘’“”•…€−×÷±≈≤≥→←↑↓"],
]


def cut(source: Path, target: Path) -> None:
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options(
        layout_features=["tnum"], hinting=False, desubroutinize=True, notdef_outline=True
    )
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=UNICODES)
    cutter.subset(font)

    # Figures of one width by default, since the chart maps characters to glyphs without shaping.
    tabular = {}
    for record in font["GSUB"].table.FeatureList.FeatureRecord:
        if record.FeatureTag == "tnum":
            for index in record.Feature.LookupListIndex:
                for table in font["GSUB"].table.LookupList.Lookup[index].SubTable:
                    tabular.update(getattr(table, "ExtSubTable", table).mapping)
    for table in font["cmap"].tables:
        for code, glyph in table.cmap.items():
            if chr(code) in "0123456789":
                table.cmap[code] = tabular.get(glyph, glyph)
    for tag in ("GSUB", "GPOS", "GDEF"):
        if tag in font:
            del font[tag]
    font.save(target)


for weight in ("Regular", "SemiBold"):
    cut(Path(sys.argv[1]) / f"Inter-{weight}.otf", Path(f"Inter-{weight}.otf"))
