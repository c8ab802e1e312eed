"""The Merkle tree of RFC 6962: hashes, the right edge that grows with each entry, and proofs.

Pure: bytes in, bytes out. The sequencer keeps an `Edge` (about log2(size) hashes) and never reads the tree again;
proofs are made from leaf hashes and checked from nothing but sizes, roots and the proof itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of one entry; the prefix keeps a leaf from ever passing for an inner node."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return sha256(b"\x01" + left + right).digest()


@dataclass
class Edge:
    """The right edge: the roots of the perfect subtrees that the size's binary digits name, largest first."""

    size: int = 0
    nodes: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash: as many subtrees close as the old size had trailing ones."""
        node, rest = leaf, self.size
        while rest & 1:
            node = node_hash(self.nodes.pop(), node)
            rest >>= 1
        self.nodes.append(node)
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add several leaf hashes in order."""
        for leaf in leaves:
            self.append(leaf)

    def copy(self) -> "Edge":
        """The same edge, to be grown apart."""
        return Edge(self.size, list(self.nodes))

    def root(self) -> bytes:
        """The tree head over everything appended so far."""
        if not self.nodes:
            return EMPTY_ROOT
        root = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            root = node_hash(node, root)
        return root

    def to_bytes(self) -> bytes:
        """The nodes one after the other; the size is stored beside them."""
        return b"".join(self.nodes)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> "Edge":
        """Read an edge back; its length must be what the size demands."""
        if size < 0 or len(data) != HASH_SIZE * size.bit_count():
            raise ValueError("the edge does not fit the size")
        return cls(size, [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)])


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root over the given leaf hashes."""
    edge = Edge()
    edge.extend(leaf_hashes)
    return edge.root()


def _split(size: int) -> int:
    """The largest power of two below the size (size > 1)."""
    return 1 << ((size - 1).bit_length() - 1)


Range = tuple[int, int]


def inclusion_ranges(index: int, size: int, start: int = 0) -> list[Range]:
    """Whose roots make up the audit path of one leaf, nearest first, as half-open ranges of indexes (RFC 6962, 2.1.1).

    Ranges rather than hashes, so that a proof over a long log can be made from a stream.
    """
    if not 0 <= index < size:
        raise IndexError("no such leaf")
    if size == 1:
        return []
    k = _split(size)
    if index < k:
        return [*inclusion_ranges(index, k, start), (start + k, start + size)]
    return [*inclusion_ranges(index - k, size - k, start + k), (start, start + k)]


def consistency_ranges(old_size: int, size: int) -> list[Range]:
    """Whose roots show that a tree of `size` begins with the one of `old_size` (RFC 6962, 2.1.2)."""
    if not 0 <= old_size <= size:
        raise IndexError("no such size")
    if old_size in (0, size):
        return []
    return _subproof(old_size, 0, size, whole=True)


def _subproof(old_size: int, start: int, size: int, *, whole: bool) -> list[Range]:
    if old_size == size:
        return [] if whole else [(start, start + size)]
    k = _split(size)
    if old_size <= k:
        return [*_subproof(old_size, start, k, whole=whole), (start + k, start + size)]
    return [*_subproof(old_size - k, start + k, size - k, whole=False), (start, start + k)]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of one leaf in the tree over `leaves`."""
    return [root_of(leaves[a:b]) for a, b in inclusion_ranges(index, len(leaves))]


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """The proof that the tree over `leaves` only added to its first `old_size`."""
    return [root_of(leaves[a:b]) for a, b in consistency_ranges(old_size, len(leaves))]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from this leaf hash at this index to the root of that size (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            node = node_hash(sibling, node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and node == root


def verify_consistency(old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the later tree begins with the earlier one (RFC 9162, 2.1.4.2)."""
    if not 0 <= old_size <= size:
        return False
    if old_size == size:
        return not proof and old_root == root
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    return _later_begins_with(old_size, old_root, size, root, list(proof))


def _later_begins_with(old_size: int, old_root: bytes, size: int, root: bytes, proof: list[bytes]) -> bool:
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else proof
    if not path:
        return False
    at, last = old_size - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for node in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, node)
        at, last = at >> 1, last >> 1
    return last == 0 and old == old_root and new == root
