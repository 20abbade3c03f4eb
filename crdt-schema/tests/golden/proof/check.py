#!/usr/bin/env python3
"""Reads the golden proof as PROOF.md describes it: the container, the charters' chain of ids, the chains of headers, the votes, the
projection, and the credential with the hash that is signed.

It shares nothing with the Rust code. Signatures are checked where the package `cryptography` happens to be installed. It does not
judge governance: whether these votes count is the evaluator's business. Usage: check.py [file.hex]
"""

import hashlib
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.dont_write_bytecode = True

from check import Ed25519PublicKey, Entry, cbor, domain, need, sha, shape, signature_holds  # noqa: E402

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def container(data):
    need(data.startswith(domain("proof")), "another file")
    rest = data[len(domain("proof")) :]
    size = int.from_bytes(rest[:4], "big")
    body, signature = rest[4 : 4 + size], rest[4 + size :]
    need(len(signature) == 64, "another size")
    body_parts = cbor(body)
    need(isinstance(body_parts, list) and len(body_parts) == 10, "another body")
    signature_holds(body_parts[0], "proof", sha("proof", body), signature)
    return body_parts


def header(federation, feed, sequence, previous, rest):
    need(len(rest) == 78, "a link of another size")
    return b"\x01\x01" + rest[:2] + federation + feed + sequence.to_bytes(8, "big") + previous + rest[2:]


def entries(federation, chain):
    """The entries of a chain that say something, after the links between them were followed."""
    feed, links = shape(chain, 32, list)
    previous, said = bytes(32), []
    for sequence, link in enumerate(links):
        rest = link if isinstance(link, bytes) else link[0]
        head = header(federation, feed, sequence, previous, rest)
        previous = sha("entry-id", head)
        if not isinstance(link, bytes):
            _, signature, payload = shape(link, 78, 64, bytes)
            said.append(Entry(head + signature + payload))
    need(said and said[-1].id == previous, "the chain ends with an entry that nothing vouches for")
    need(said[0].sequence == 0 and said[0].items[0][0][0] == "certificate", "no certificate")
    return said


def charters(parts):
    """The ids of the charters; the links between them, and that approvals name them and hold."""
    written, approvals = parts[3], parts[4]
    ids = [sha("charter", charter) for charter in written]
    for place, charter in enumerate(map(cbor, written)):
        need(charter[1] == (None if place == 0 else ids[0]), "a charter of another federation")
        need(charter[3] == (None if place == 0 else ids[place - 1]), "a charter that follows another one")
    for approval in map(cbor, approvals):
        _, signer, federation, parent, charter, signature = approval
        need(ids.index(charter) == ids.index(parent) + 1 and federation == ids[0], "an approval of something else")
        signature_holds(signer, "approval", federation + parent + charter, signature)
    need(approvals == sorted(approvals), "approvals out of order")
    return ids


def base58(data):
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = BASE58[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def jcs(value):
    """RFC 8785, as far as our documents go: texts, booleans, lists and maps with ASCII keys."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def credential(written, votes, projection):
    document = json.loads(written)
    need(jcs(document) == written, "a credential in another writing")
    proof = document.pop("proof")
    value = proof.pop("proofValue")
    signed = hashlib.sha256(jcs(proof)).digest() + hashlib.sha256(jcs(document)).digest()
    for feed, seal in votes:
        key = "z" + base58(b"\xed\x01" + feed)
        if document["issuer"]["id"] != "did:key:" + key:
            continue
        need(proof["verificationMethod"] == "did:key:%s#%s" % (key, key), "another method")
        need(value == "z" + base58(seal["value"]), "the seal has another signature")
        if Ed25519PublicKey is not None:
            Ed25519PublicKey.from_public_bytes(feed).verify(seal["value"], signed)
        names = [entry["identityHash"] for entry in document["credentialSubject"]["identifier"]]
        bound = [value[1] for _, (values, _, _) in projection for value in values]
        need(names == bound, "the credential names something else than the projection")
        need(document["credentialStatus"]["statusListIndex"] == str(seal["status"]["index"]), "another index")
        return document
    need(False, "the issuer has not voted")


def main(file):
    parts = container(bytes.fromhex(file.read_text()))
    maker, label, changed = parts[0], parts[2], parts[8]
    ids = charters(parts)
    said = [entry for chain in parts[5] for entry in entries(ids[0], chain)]
    need(any(entry.feed == maker for entry in said), "the maker has no certificate")
    votes = []
    for entry in said:
        for frame, content in entry.items:
            if frame == ["act", "label_issue"] and content is not None:
                issued, seal = cbor(content)
                need(issued == label and entry.charter in ids, "a vote for another label")
                votes.append((entry.feed, seal))
    need(len({feed for feed, _ in votes}) == 2, "not two votes")
    need(sha("projection", parts[7]) == label[2], "another projection")
    document = credential(parts[9], votes, cbor(parts[7]))
    need(changed is None and label[3] + "T00:00:00Z" == document["validFrom"], "another label")
    if Ed25519PublicKey is None:
        print("The package `cryptography` is not installed: signatures were not checked.")
    print("The proof holds: %d charters, %d entries, %d votes." % (len(ids), len(said), len(votes)))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).with_name("label.hex"))
