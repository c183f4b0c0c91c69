#!/usr/bin/env python3
"""Bind the functions of ELF libraries to themselves, in place.

    scripts/symbolic.py LIBRARY ...
"""

import pathlib
import struct
import sys


class SymbolicError(Exception):
    """An error of the library, as one line."""


def bind_to_itself(library):
    """Make the ELF library `library` use its own functions, even if the program that loads it has functions of the same names.

    libvosk contains a BLAS and exports its names. If the program is linked with another BLAS, libvosk would call that one.
    The flag is what `ld -Bsymbolic` sets (DT_SYMBOLIC, System V ABI, "Dynamic Section").
    """
    data = bytearray(library.read_bytes())
    if data[:6] != b"\x7fELF\x02\x01":
        raise SymbolicError(f"{library} is not a 64-bit little-endian ELF file")
    PT_DYNAMIC, DT_NULL, DT_SYMBOLIC = 2, 0, 16
    headers, size, count = *struct.unpack_from("<Q", data, 0x20), *struct.unpack_from("<HH", data, 0x36)
    for header in range(headers, headers + size * count, size):
        kind, _, offset, _, _, length = struct.unpack_from("<IIQQQQ", data, header)
        if kind != PT_DYNAMIC:
            continue
        entries = range(offset, offset + length, 16)
        tags = [struct.unpack_from("<q", data, entry)[0] for entry in entries]
        end = tags.index(DT_NULL)
        if DT_SYMBOLIC in tags[:end]:
            return
        if tags[end + 1:end + 2] != [DT_NULL]:
            break
        struct.pack_into("<qQ", data, entries[end], DT_SYMBOLIC, 0)
        library.write_bytes(data)
        return
    raise SymbolicError(f"{library} has no room for DT_SYMBOLIC")


if __name__ == "__main__":
    try:
        for path in sys.argv[1:]:
            bind_to_itself(pathlib.Path(path))
    except (SymbolicError, OSError) as error:
        sys.exit(f"symbolic: {error}")
