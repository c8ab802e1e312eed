"""The tree against RFC 6962's known values and against a naive implementation written from its definition alone."""

from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.audit import tree

# The eight inputs, roots and proofs that certificate-transparency implementations share as reference values.
INPUTS = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = """
6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d
fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125
aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77
d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7
4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4
76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef
ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c
5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328
""".split()
INCLUSION = [  # (leaf, size, path), leaves counted from 1 as in the shared reference values
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (3, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        2,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
LEAVES = [tree.leaf_hash(data) for data in INPUTS]

leaves = st.lists(st.binary(max_size=12), max_size=70).map(lambda items: [tree.leaf_hash(item) for item in items])


def naive_root(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962 2.1, written down as it stands there."""
    if not hashes:
        return sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return sha256(b"\x01" + naive_root(hashes[:k]) + naive_root(hashes[k:])).digest()


def naive_path(index: int, hashes: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 2.1.1."""
    if len(hashes) == 1:
        return []
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    if index < k:
        return [*naive_path(index, hashes[:k]), naive_root(hashes[k:])]
    return [*naive_path(index - k, hashes[k:]), naive_root(hashes[:k])]


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_every_other_implementation_gets(size: int) -> None:
    assert tree.root_of(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert tree.Edge().root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(("leaf", "size", "path"), INCLUSION)
def test_inclusion_proofs_are_those_every_other_implementation_makes(leaf: int, size: int, path: list[str]) -> None:
    proof = tree.inclusion_proof(LEAVES[:size], leaf - 1)
    assert [node.hex() for node in proof] == path
    assert tree.verify_inclusion(LEAVES[leaf - 1], leaf - 1, size, proof, bytes.fromhex(ROOTS[size - 1]))


def test_an_inner_node_never_passes_for_a_leaf() -> None:
    inside = tree.node_hash(LEAVES[0], LEAVES[1])
    assert tree.leaf_hash(LEAVES[0] + LEAVES[1]) != inside


@given(leaves)
def test_the_growing_edge_has_the_root_of_the_definition_at_every_size(hashes: list[bytes]) -> None:
    edge = tree.Edge()
    for size, leaf in enumerate(hashes, start=1):
        edge.append(leaf)
        assert edge.root() == naive_root(hashes[:size])
        assert len(edge.nodes) == size.bit_count()


@given(leaves, leaves)
def test_an_edge_read_back_goes_on_where_it_stopped(first: list[bytes], second: list[bytes]) -> None:
    edge = tree.Edge()
    edge.extend(first)
    again = tree.Edge.from_bytes(edge.size, edge.to_bytes())
    again.extend(second)
    assert again.root() == naive_root(first + second)


@pytest.mark.parametrize(("size", "data"), [(1, b""), (0, b"x" * 32), (3, b"x" * 32), (2, b"x" * 31), (-1, b"")])
def test_an_edge_of_the_wrong_length_is_refused(size: int, data: bytes) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        tree.Edge.from_bytes(size, data)


@given(leaves.filter(bool), st.data())
def test_every_inclusion_proof_is_the_defined_one_and_verifies(hashes: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(hashes) - 1))
    proof = tree.inclusion_proof(hashes, index)
    assert proof == naive_path(index, hashes)
    assert tree.verify_inclusion(hashes[index], index, len(hashes), proof, naive_root(hashes))


@given(leaves.filter(lambda items: len(set(items)) > 1), st.data())
def test_a_proof_shows_nothing_about_another_leaf_place_size_or_root(hashes: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(hashes) - 1))
    proof, root, size = tree.inclusion_proof(hashes, index), naive_root(hashes), len(hashes)
    other = next(leaf for leaf in hashes if leaf != hashes[index])
    assert not tree.verify_inclusion(other, index, size, proof, root)
    assert not tree.verify_inclusion(hashes[index], size, size, proof, root)
    assert not tree.verify_inclusion(hashes[index], index, size, proof, bytes(32))
    assert not tree.verify_inclusion(hashes[index], index, size, [*proof, bytes(32)], root)
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        assert not tree.verify_inclusion(hashes[index], index, size, [*proof[:place], *proof[place + 1 :]], root)
        assert not tree.verify_inclusion(
            hashes[index], index, size, [*proof[:place], bytes(32), *proof[place + 1 :]], root
        )


@settings(deadline=None)
@given(leaves, st.data())
def test_every_consistency_proof_verifies(hashes: list[bytes], data: st.DataObject) -> None:
    old = data.draw(st.integers(0, len(hashes)))
    proof = tree.consistency_proof(hashes, old)
    assert tree.verify_consistency(old, naive_root(hashes[:old]), len(hashes), naive_root(hashes), proof)


@settings(deadline=None)
@given(leaves.filter(lambda items: len(items) > 1), st.data())
def test_no_consistency_proof_joins_a_changed_past(hashes: list[bytes], data: st.DataObject) -> None:
    old = data.draw(st.integers(1, len(hashes) - 1))
    proof, place = tree.consistency_proof(hashes, old), data.draw(st.integers(0, old - 1))
    forged = [*hashes[:place], tree.leaf_hash(b"forged" + hashes[place]), *hashes[place + 1 :]]
    assert not tree.verify_consistency(old, naive_root(forged[:old]), len(hashes), naive_root(hashes), proof)
    assert not tree.verify_consistency(old, naive_root(hashes[:old]), len(hashes), naive_root(forged), proof)
    assert not tree.verify_consistency(
        old, naive_root(hashes[:old]), len(hashes), naive_root(hashes), [*proof, bytes(32)]
    )
    assert not tree.verify_consistency(old, naive_root(hashes[:old]), len(hashes), naive_root(hashes), proof[:-1])


@given(st.integers(1, 10_000), st.data())
def test_the_ranges_of_a_path_and_its_leaf_cover_the_tree_once(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    ranges = sorted([*tree.inclusion_ranges(index, size), (index, index + 1)])
    assert ranges[0][0] == 0
    assert ranges[-1][1] == size
    assert all(before[1] == after[0] for before, after in pairwise(ranges))


@pytest.mark.parametrize("index", [-1, 3, 4])
def test_there_is_no_proof_for_a_leaf_that_is_not_there(index: int) -> None:
    with pytest.raises(IndexError):
        tree.inclusion_proof(LEAVES[:3], index)
