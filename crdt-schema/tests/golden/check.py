#!/usr/bin/env python3
"""Reads the golden files as FORMAT.md describes them, and recomputes every id and commitment.

It shares nothing with the Rust code, and needs nothing but Python's standard library. Signatures are checked as well where the
package `cryptography` happens to be installed. Usage: check.py [folder of .hex files]
"""

import calendar
import hashlib
import pathlib
import sys

try:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None

HEADER, SIGNATURE = 184, 64
KINDS = {1: "certificate", 2: "contribution", 3: "governance", 4: "checkpoint"}
OPERATIONS = {0: ("put", 3), 1: ("clear", 2), 2: ("add", 3), 3: ("remove", 3), 4: ("splice", 5)}
VALUES = {0: "text", 1: "integer", 2: "decimal", 3: "boolean", 4: "date", 5: "instant", 6: "point", 7: "term", 8: "record"}
I64 = range(-(2**63), 2**63)
U64 = range(2**64)


class Wrong(Exception):
    """Something is not as FORMAT.md says."""


def need(condition, what):
    if not condition:
        raise Wrong(what)


def domain(what):
    return b"maillage/" + what.encode() + b"/v1\0"


def sha(what, *parts):
    return hashlib.sha256(domain(what) + b"".join(parts)).digest()


def u32(number):
    return number.to_bytes(4, "big")


# --- Deterministic CBOR (section 2) ---


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        need(self.at + count <= len(self.data), "cut short")
        self.at += count
        return self.data[self.at - count : self.at]

    def head(self):
        first = self.take(1)[0]
        major, low = first >> 5, first & 31
        if low < 24:
            return major, low
        need(low < 28, "indefinite or reserved length")
        need(major != 7, "a float or a simple value of two bytes")
        size = 1 << (low - 24)
        number = int.from_bytes(self.take(size), "big")
        need(number >= (24 if size == 1 else 1 << (4 * size)), "an integer that has a shorter writing")
        return major, number

    def value(self, depth=1):
        need(depth <= 8, "nested too deep")
        major, number = self.head()
        if major == 0:
            return number
        if major == 1:
            return -1 - number
        if major == 2:
            return self.take(number)
        if major == 3:
            return self.take(number).decode("utf-8")
        if major == 4:
            return [self.value(depth + 1) for _ in range(number)]
        if major == 5:
            return self.pairs(number, depth)
        need(major == 7 and number in (20, 21, 22), "a tag, or a simple value that is not ours")
        return {20: False, 21: True, 22: None}[number]

    def pairs(self, count, depth):
        pairs, last = {}, None
        for _ in range(count):
            key = self.value(depth + 1)
            need(isinstance(key, str), "a key that is not a text")
            place = (len(key.encode()), key.encode())
            need(last is None or last < place, "keys that do not rise")
            pairs[key], last = self.value(depth + 1), place
        return pairs


def cbor(data):
    reader = Reader(data)
    value = reader.value()
    need(reader.at == len(data), "bytes after the value")
    return value


def shape(value, *types):
    """Checks a list: int, bool, str, bytes of a size (a number), or a list of ids (None)."""
    need(isinstance(value, list) and len(value) == len(types), "a list of another length")
    for part, wanted in zip(value, types):
        if wanted is None:
            need(isinstance(part, list) and all(isinstance(i, bytes) and len(i) == 16 for i in part), "a list that is not of ids")
        elif isinstance(wanted, type):
            need(type(part) is wanted, "a value of another type")
        else:
            need(isinstance(part, bytes) and len(part) == wanted, "bytes of another size")
    return value


# --- Entries (sections 3 to 6) ---


def signature_holds(key, what, message, signature):
    need(int.from_bytes(signature[32:], "little") < 2**252 + 27742317777372353535851937790883648493, "s is not below L")
    if Ed25519PublicKey is None:
        return
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, domain(what) + message)
    except Exception as error:
        raise Wrong("a signature over %s does not hold" % what) from error


class Entry:
    def __init__(self, data):
        need(len(data) > HEADER + SIGNATURE, "shorter than an entry")
        self.header = data[:HEADER]
        self.signature = data[HEADER : HEADER + SIGNATURE]
        self.payload = data[HEADER + SIGNATURE :]
        self.read_header()
        self.read_payload()

    def read_header(self):
        h = self.header
        need(h[0] == 1 and h[1] == 1, "another format or algorithm")
        kind = int.from_bytes(h[2:4], "big")
        self.kind, self.critical = KINDS.get(kind & 0x7FFF), bool(kind & 0x8000)
        self.federation, self.feed = h[4:36], h[36:68]
        self.sequence, self.previous = int.from_bytes(h[68:76], "big"), h[76:108]
        need((self.sequence == 0) == (self.previous == bytes(32)), "sequence and previous entry do not go together")
        self.charter, self.claimed = h[108:140], int.from_bytes(h[140:148], "big", signed=True)
        self.commitment, self.size = h[148:180], int.from_bytes(h[180:184], "big")
        need(self.size <= 262144, "payload too large")
        self.id = sha("entry-id", h)
        signature_holds(self.feed, "entry", h, self.signature)

    def read_payload(self):
        items = cbor(self.payload)
        need(isinstance(items, list) and 1 <= len(items) <= 256, "no item, or too many")
        self.items = [self.read_item(item) for item in items]
        self.frames = [item[0] for item in items]
        self.is_whole = all(content is not None for _, content in self.items)
        need(len(self.payload) <= (262144 if self.is_whole else 262144 + 16 * 256), "payload too large")
        erased = sum(content is None for _, content in self.items)
        need(not self.is_whole or len(self.payload) == self.size, "payload of another size")
        need(len(self.payload) <= self.size + 16 * erased, "payload larger than what was signed")
        commitments = [self.commit(item) for item in items]
        need(sha("payload", u32(len(items)), *commitments) == self.commitment, "payload of another entry")

    def read_item(self, item):
        need(isinstance(item, list) and len(item) in (2, 3), "not an item")
        if len(item) == 2:
            frame, _ = shape(item, bytes, 32)
            content = None
        else:
            frame, _, content = shape(item, bytes, 16, bytes)
        need(len(frame) + len(content or b"") <= 65536, "item too large")
        return self.read_frame(cbor(frame)), content

    @staticmethod
    def commit(item):
        inner = item[1] if len(item) == 2 else sha("content", item[1], item[2])
        return sha("item", item[0], inner)

    def read_frame(self, frame):
        need(isinstance(frame, list) and frame and isinstance(frame[0], str), "not a frame")
        name = frame[0]
        if name == "act":
            shape(frame, str, str)
        elif name == "certificate":
            shape(frame, str, 32, 32, 32, 64)
        elif name == "checkpoint":
            shape(frame, str)
        elif name == "edit":
            birth = frame[3] if len(frame) == 4 else None
            shape(frame, str, 16, None, type(birth))
            if birth is not None:
                shape(birth, str, str, 16)
        elif name == "personal":
            shape(frame, str, 16, str, 16, None)
        elif name == "rotation":
            kept = frame[5] if len(frame) == 8 else None
            need(isinstance(kept, list), "not a rotation")
            need(len(shape(frame[:5] + frame[6:], str, 32, 32, 32, 32, 64, 64)) == 7, "not a rotation")
            for feed in kept:
                place = shape(feed, 32, type(feed[1]))[1]
                need(place is None or len(shape(place, int, 32)) == 2, "not a place")
            feeds = [feed for feed, _ in kept]
            need(feeds == sorted(set(feeds)), "feeds that do not rise")
        elif name == "statement":
            shape(frame, str, 16, 16 if len(frame) > 2 and frame[2] is not None else type(None), str)
        return frame

    def frame_of(self, name):
        """The bytes of the first frame of a type."""
        return next(raw for raw, (frame, _) in zip(self.frames, self.items) if frame[0] == name)

    def item_id(self, index):
        return sha("edit", self.id, u32(index))[:16]


def check_certificate(entry):
    """The first certificate of sequence 0 is signed by a root to which the rotations beside it lead (section 7)."""
    frame = next(frame for frame, _ in entry.items if frame[0] == "certificate")
    _, partner, root, endpoint, signature = frame
    rotations = [check_rotation(entry, frame) for frame, _ in entry.items if frame[0] == "rotation"]
    reached = {root} if sha("partner", root) == partner else set()
    for _ in rotations:
        for its, previous, following in rotations:
            if its == partner and (previous in reached or sha("partner", previous) == partner):
                reached.add(following)
    need(root in reached, "a root to which nothing leads")
    signature_holds(root, "certificate", entry.federation + partner + entry.feed + endpoint, signature)


def check_rotation(entry, frame):
    """Both roots have signed the same bytes, each for its own purpose (section 6)."""
    _, federation, partner, previous, following, _, by_previous, by_next = frame
    need(federation == entry.federation and previous != following, "a rotation of elsewhere, or to the same root")
    start = write_head(4, 8) + write_head(3, 8) + b"rotation"
    message = write_head(4, 5) + entry.frame_of("rotation")[len(start) : -2 * (2 + 64)]
    signature_holds(previous, "rotation-previous", message, by_previous)
    signature_holds(following, "rotation-next", message, by_next)
    return partner, previous, following


def write_head(major, number):
    """The head of a CBOR value of at most 23 values or bytes."""
    return bytes([major << 5 | number])


# --- Edits (section 8) ---


def record_id(federation, kind, territory, nonce):
    kind, territory = kind.encode(), territory.encode()
    return sha("record", federation, u32(len(kind)), u32(len(territory)), kind, territory, nonce)[:16]


def check_edit_frame(federation, frame):
    _, record, base, birth = frame
    need(len(base) <= 16 and base == sorted(set(base)), "base too long, or not rising")
    need((birth is not None) == (not base), "neither a creation nor standing on something, or both")
    need(birth is None or record_id(federation, *birth) == record, "creation of another record")


def check_operations(content):
    operations = cbor(content)
    need(isinstance(operations, list) and 1 <= len(operations) <= 200, "no operation, or too many")
    inserted, seen = 0, set()
    for operation in operations:
        need(isinstance(operation, list) and len(operation) >= 2 and type(operation[0]) is int, "not an operation")
        name, size = OPERATIONS.get(operation[0], (None, 0))
        need(len(operation) == size, "an operation of another length")
        check_name(operation[1], 64)
        seen.add(name)
        if name == "put":
            seen.add(check_value(operation[2]))
        elif name in ("add", "remove"):
            check_name(operation[2], 16384)
        elif name == "splice":
            shape(operation, int, str, int, int, str)
            need(operation[2] in U64 and operation[3] in U64, "a position or count below zero")
            inserted += len(operation[4].encode())
    need(inserted <= 65536, "text too long")
    return seen


def check_name(text, size):
    need(type(text) is str and text and "\0" not in text and len(text.encode()) <= size, "a name that is empty, holds NUL or is too long")


def check_value(value):
    need(isinstance(value, list) and value and type(value[0]) is int, "not a value")
    name = VALUES.get(value[0])
    if name == "text":
        need(len(shape(value, int, str)[1].encode()) <= 16384, "value too long")
    elif name in ("integer", "instant"):
        need(shape(value, int, int)[1] in I64, "not of 64 bits")
    elif name == "decimal":
        _, mantissa, scale = shape(value, int, int, int)
        need(mantissa in I64 and 0 <= scale <= 18 and (scale == 0 or mantissa % 10 != 0), "decimal that has another writing")
    elif name == "boolean":
        shape(value, int, bool)
    elif name == "date":
        check_date(shape(value, int, str)[1])
    elif name == "point":
        _, latitude, longitude = shape(value, int, int, int)
        need(abs(latitude) <= 900000000 and abs(longitude) <= 1800000000, "not on Earth")
    elif name == "term":
        check_name(shape(value, int, str)[1], 16384)
    elif name == "record":
        shape(value, int, 16)
    else:
        raise Wrong("a value of an unknown type")
    return name


def check_date(text):
    digits = text[:4] + text[5:7] + text[8:]
    need(len(text) == 10 and text[4] == text[7] == "-" and digits.isascii() and digits.isdigit(), "date of another shape")
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    need(1 <= month <= 12, "no such month")
    last = 29 if leap and month == 2 else calendar.mdays[month]
    need(1 <= day <= last, "no such day")


# --- The golden files ---


def main(folder):
    def read(name):
        return bytes.fromhex((folder / (name + ".hex")).read_text())

    certificate, edit, mixed, erased = (Entry(read(name)) for name in ("certificate_entry", "edit_entry", "mixed_entry", "mixed_entry_erased"))
    chain = [certificate, edit, mixed]
    for sequence, entry in enumerate(chain):
        need(entry.sequence == sequence and not entry.critical, "sequence has a gap")
        need(entry.feed == certificate.feed and entry.federation == certificate.federation, "entry of another feed")
        need(entry.charter == bytes([0xCA] * 32), "another charter")
        need(sequence == 0 or entry.previous == chain[sequence - 1].id, "the chain is broken")
        for frame, content in entry.items:
            if frame[0] == "edit":
                check_edit_frame(entry.federation, frame)
                check_operations(content)
    need([entry.kind for entry in chain] == ["certificate", "contribution", "contribution"], "another kind")
    need([entry.claimed for entry in chain] == [1764000000123, -1, 0], "another claimed time")
    check_certificate(certificate)

    frame, content = edit.items[0]
    need(check_operations(content) == {name for name, _ in OPERATIONS.values()} | set(VALUES.values()), "an operation or a type is missing")
    need(record_id(edit.federation, *frame[3]) == read("record_id"), "another record id")
    need(edit.item_id(0) == read("item_id"), "another item id")
    need(mixed.items[0][0][2] == [edit.item_id(0)], "the second edit stands on another one")

    names = [frame[0] for frame, _ in mixed.items]
    need(names == ["edit", "statement", "statement", "personal", "act", "checkpoint", "later"], "other items")
    need(erased.header == mixed.header and erased.signature == mixed.signature, "erasing has changed what is signed")
    need([content is None for _, content in erased.items] == [i == 2 for i in range(7)], "other contents are gone")
    for index, ((frame, content), whole) in enumerate(zip(erased.items, mixed.items)):
        need(frame == whole[0] and content in (None, whole[1]), "item %d differs" % index)

    rotation, later = (Entry(read(name)) for name in ("rotation_entry", "later_root_entry"))
    need(rotation.sequence == 3 and rotation.previous == mixed.id and rotation.kind == "governance", "the rotation stands elsewhere")
    need([frame[0] for frame, _ in rotation.items] == ["rotation"], "other items than a rotation")
    check_rotation(rotation, rotation.items[0][0])
    kept = dict(rotation.items[0][0][5])
    need(kept[certificate.feed] is None and sorted(map(type, kept.values()), key=str) == [type(None), list], "other feeds are kept")
    need(later.kind == "certificate" and later.sequence == 0, "the later feed starts otherwise")
    need(later.items[1][0] == rotation.items[0][0], "the start of the later feed does not show the rotation")
    check_certificate(later)

    if Ed25519PublicKey is None:
        print("The package `cryptography` is not installed: signatures were not checked.")
    print("6 entries hold, with their ids and commitments.")


if __name__ == "__main__":
    try:
        main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    except (Wrong, ValueError, OSError) as error:
        sys.exit("%s: %s" % (type(error).__name__, error))
