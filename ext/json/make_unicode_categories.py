#!/usr/bin/python3
"""usage: make_unicode_categories.py > unicode_categories.inc

Prints the general category of every code point, from Python's unicodedata, as the runs that
unicode_category.cc reads: first code point << 5 | number of the category. Code points that Unicode may
still assign are Cn, so that a newer Unicode means running this again.
"""

import unicodedata

CATEGORIES = ("Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po "
              "Sm Sc Sk So Zs Zl Zp Cc Cf Cs Co Cn").split()

runs = []
for code in range(0x110000):
    number = CATEGORIES.index(unicodedata.category(chr(code)))
    if not runs or runs[-1] & 31 != number:
        runs.append(code << 5 | number)

print(f"// Made by make_unicode_categories.py from Unicode {unicodedata.unidata_version}.")
print(f"// {' '.join(CATEGORIES)}, numbered from 0.")
line = ""
for text in (f"{run}," for run in runs):
    if len(line) + len(text) > 100:
        print(line)
        line = ""
    line += text
print(line)
