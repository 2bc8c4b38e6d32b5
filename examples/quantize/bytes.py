"""Writes files as samples for a model that tells content types by bytes: the first and the last 1024 of each, 256 where there are none.

    python3 bytes.py FOLDER calib.npz eval.npz [COUNT]

takes COUNT files (200) of FOLDER for each, no more than eight of one extension, every other one for calibration. It needs nothing but Python itself.
"""
import collections
import pathlib
import struct
import sys
import zipfile

HALF, PADDING = 1024, 256


def sample(path):
    content = path.read_bytes()
    first, last = list(content[:HALF]), list(content[-HALF:])
    return first + [PADDING] * (HALF - len(first)) + [PADDING] * (HALF - len(last)) + last


def write(path, samples):
    header = f"{{'descr': '<i4', 'fortran_order': False, 'shape': ({len(samples)}, {2 * HALF}), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    data = b"".join(struct.pack(f"<{2 * HALF}i", *s) for s in samples)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bytes.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data)


folder, calibration, evaluation = sys.argv[1:4]
count = int(sys.argv[4]) if len(sys.argv) > 4 else 200
seen, taken = collections.Counter(), []
for file in sorted(pathlib.Path(folder).rglob("*")):
    if len(taken) == 2 * count:
        break
    if not file.is_file() or file.is_symlink() or file.stat().st_size < 64 or seen[file.suffix] == 16:
        continue
    seen[file.suffix] += 1
    taken.append(file)
write(calibration, [sample(f) for f in taken[::2]])
write(evaluation, [sample(f) for f in taken[1::2]])
print(f"{len(taken[::2])} and {len(taken[1::2])} samples of {len(seen)} extensions")
