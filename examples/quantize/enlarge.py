"""Writes images of 32 x 32 enlarged, as samples for a model that takes larger ones.

    python3 enlarge.py SOURCE.npz TARGET.npz NAME [HEIGHT WIDTH COUNT]

takes the first COUNT (32) float images [n, 3, 32, 32] of SOURCE, repeats each pixel so that they cover HEIGHT x WIDTH (96 x 96), and writes them as array NAME.
It needs nothing but Python itself.
"""
import array
import struct
import sys
import zipfile

SIDE = 32
source, target, name = sys.argv[1:4]
height, width, count = (int(a) for a in sys.argv[4:7]) if len(sys.argv) > 4 else (96, 96, 32)
with zipfile.ZipFile(source) as archive:
    content = archive.read([n for n in archive.namelist() if not n.startswith("labels")][0])
start = 10 + struct.unpack("<H", content[8:10])[0]
numbers = array.array("f", content[start:start + count * 3 * SIDE * SIDE * 4])
scale = max(height, width) // SIDE
result = array.array("f")
for plane in range(count * 3):
    for row in range(height):
        line = numbers[(plane * SIDE + row // scale % SIDE) * SIDE:][:SIDE]
        result.extend(line[column // scale % SIDE] for column in range(width))
header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({count}, 3, {height}, {width}), }}"
header += " " * (-(len(header) + 11) % 64) + "\n"
with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr(f"{name}.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + result.tobytes())
