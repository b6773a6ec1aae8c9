"""The files of the story, made here so that none lies in the repository: a drawing and a page of text."""

from __future__ import annotations

import struct
import zlib

from demo.story.page import Upload

WIDTH, HEIGHT = 480, 320
WATER, SKY = (46, 110, 120), (236, 242, 238)
# From the bottom: pixels wide, color.
STEPS = ((420, (240, 190, 60)), (260, (110, 160, 70)), (110, (190, 120, 70)), (36, (90, 100, 120)))
LINES = ("Energy in our pond", "Snails: 212. Fish: 19. Heron: 1.", "Every step keeps about a tenth.")


def picture() -> Upload:
    """The pyramid of energy as a PNG: each step is what is left of the one below."""
    band = HEIGHT // (len(STEPS) + 1)
    rows = [_row(WIDTH, SKY)] * (HEIGHT - band * len(STEPS))
    for wide, color in reversed(STEPS):
        rows += [_row(wide, color)] * (band - 6) + [_row(WIDTH, WATER)] * 6
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)  # 8 bits a channel, RGB
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    content = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")
    return Upload("energy-in-our-pond.png", content, "image/png")


def document() -> Upload:
    """One page as a PDF, its lines in Helvetica."""
    shown = " T* ".join(f"({line}) Tj" for line in LINES)
    text = f"BT /F1 18 Tf 28 TL 72 720 Td {shown} ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    content, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count, start = len(objects) + 1, len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n%strailer\n" % (count, table)
    content += b"<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, start)
    return Upload("counts-and-claim.pdf", content, "application/pdf")


def _row(wide: int, color: tuple[int, int, int]) -> bytes:
    """One line of pixels, the color in its middle."""
    beside = (WIDTH - wide) // 2
    return bytes(SKY) * beside + bytes(color) * wide + bytes(SKY) * (WIDTH - wide - beside)


def _chunk(kind: bytes, body: bytes) -> bytes:
    """Length, kind, body, checksum (PNG, Third Edition, §5.3)."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


FILES = {"picture": picture, "document": document}
