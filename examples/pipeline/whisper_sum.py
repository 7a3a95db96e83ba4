"""Prints the sum of all points of a whisper file, carbon's format, by its finest archive: `whisper_sum.py FILE`."""

import struct
import sys

with open(sys.argv[1], "rb") as file:
    data = file.read()
# Header: aggregation, longest retention, xFilesFactor, archives; then of each its offset, seconds a point and points.
_, _, _, archives = struct.unpack_from("!LLfL", data, 0)
offset, _, points = struct.unpack_from("!LLL", data, 16)
sums = (struct.unpack_from("!Ld", data, offset + 12 * n) for n in range(points))
print(f"{sum(value for at, value in sums if at):g}")
