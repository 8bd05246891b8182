"""Every layer of a file: what lies packed, encoded or in pages inside it."""

import base64
import binascii
import gzip
import io
import re
import sqlite3
import zipfile
import zlib

import pandas as pd
import pyarrow.parquet as pq

BASE64 = re.compile(rb"[A-Za-z0-9+/]{24,}={0,2}")
ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
ESCAPED = re.compile(rb"\\u([0-9a-fA-F]{4})")


def layers(path):
    """Yield the bytes of a file, and of all that can be unpacked from them."""
    yield from unpacked(path.read_bytes(), 3)
    if path.suffix == ".gpkg":
        yield from cells(path)
    if path.suffix in (".parquet", ".geoparquet"):
        yield from columns(path)


def unpacked(data, depth):
    yield data
    yield ESCAPED.sub(lambda m: chr(int(m[1], 16)).encode("utf-8", "replace"), data)
    for encoding in ("utf-16-le", "utf-16-be"):
        yield data.decode(encoding, "ignore").encode("utf-8", "ignore")
    if depth:
        for inner in packed(data):
            yield from unpacked(inner, depth - 1)


def packed(data):
    for found in BASE64.finditer(data):
        text = found[0][: len(found[0]) // 4 * 4]
        try:
            yield base64.b64decode(text)
        except binascii.Error:
            continue
    if data[:2] == b"\x1f\x8b":
        yield gzip.decompress(data)
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    for found in ZLIB.finditer(data):
        try:
            yield zlib.decompressobj().decompress(data[found.start() :])
        except zlib.error:
            continue


def cells(path):
    """Every cell of every table, as text."""
    with sqlite3.connect(path) as base:
        names = base.execute("select name from sqlite_master where type = 'table'")
        for (name,) in names.fetchall():
            for row in base.execute(f'select * from "{name}"'):
                for cell in row:
                    yield cell if isinstance(cell, bytes) else str(cell).encode()
    base.close()


def columns(path):
    """Every text of every column, and what the file says of itself."""
    file = pq.ParquetFile(path)
    yield repr(file.schema_arrow.metadata).encode()
    frame = pd.read_parquet(path)
    for name in frame:
        yield str(name).encode()
        yield "\n".join(map(str, frame[name])).encode()


def holding(path, words):
    """Which of the words any layer of a file holds, whatever their case."""
    wanted = {word: word.lower().encode() for word in words}
    found = set()
    for layer in layers(path):
        small = layer.lower()
        found |= {word for word, text in wanted.items() if text in small}
    return found
