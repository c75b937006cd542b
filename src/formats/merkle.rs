//! Merkle trees of RFC 9162, section 2.1, over SHA-256. Streaming: a leaf is forgotten once it is in. Knows no receipts.

use crate::hash::{Digest, Hasher, sha256};

/// As manifests call this kind of tree.
pub const TREE: &str = "rfc9162-sha256";

/// The hash of one leaf: SHA-256 of a zero byte and the leaf.
pub fn leaf_hash(leaf: &[u8]) -> Digest {
    Hasher::new().update(&[0]).update(leaf).clone().finish()
}

/// The hash over two subtrees: SHA-256 of a one and both hashes.
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Hasher::new().update(&[1]).update(&left.0).update(&right.0).clone().finish()
}

/// A tree that grows leaf by leaf and keeps one hash for each of its full subtrees: at most 64.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    count: u64,
    /// Roots of the full subtrees, largest first: one for each bit that is set in `count`.
    full: Vec<Digest>,
}

impl Tree {
    pub fn new() -> Tree {
        Tree::default()
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    pub fn push(&mut self, leaf: &[u8]) {
        self.push_hash(leaf_hash(leaf));
    }

    /// Adds a leaf by its [`leaf_hash`].
    pub fn push_hash(&mut self, leaf: Digest) {
        let mut node = leaf;
        // As in binary addition: every trailing 1 of the count is a full subtree that is joined with the new one.
        for _ in 0..self.count.trailing_ones() {
            let left = self.full.pop().expect("one subtree for each bit of the count");
            node = node_hash(&left, &node);
        }
        self.full.push(node);
        self.count += 1;
    }

    /// The root over all leaves so far; of none: SHA-256 of nothing.
    pub fn root(&self) -> Digest {
        let mut subtrees = self.full.iter().rev();
        match subtrees.next() {
            None => sha256(b""),
            Some(smallest) => subtrees.fold(*smallest, |right, left| node_hash(left, &right)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9162's definition, word for word: split at the largest power of two below n.
    fn root_by_definition(leaves: &[Vec<u8>]) -> Digest {
        match leaves {
            [] => sha256(b""),
            [leaf] => leaf_hash(leaf),
            _ => {
                let k = leaves.len().next_power_of_two() / 2;
                node_hash(&root_by_definition(&leaves[..k]), &root_by_definition(&leaves[k..]))
            }
        }
    }

    #[test]
    fn the_streaming_root_is_the_recursive_one_for_every_count() {
        let leaves: Vec<Vec<u8>> = (0..70u8).map(|i| vec![i; usize::from(i)]).collect();
        let mut tree = Tree::new();
        for n in 0..leaves.len() {
            assert_eq!(tree.root(), root_by_definition(&leaves[..n]), "{n} leaves");
            assert_eq!(tree.count(), n as u64);
            tree.push(&leaves[n]);
        }
    }

    /// The roots of Certificate Transparency's reference implementation over its eight test leaves.
    #[test]
    fn known_roots_come_out() {
        let leaves =
            ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let mut tree = Tree::new();
        assert_eq!(tree.root().to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        for leaf in leaves {
            tree.push(&hex::decode(leaf).unwrap());
        }
        assert_eq!(tree.root().to_string(), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
    }

    #[test]
    fn leaves_in_another_order_have_another_root() {
        let root = |leaves: [&[u8]; 3]| {
            let mut tree = Tree::new();
            leaves.into_iter().for_each(|leaf| tree.push(leaf));
            tree.root()
        };
        assert_ne!(root([b"a", b"b", b"c"]), root([b"b", b"a", b"c"]));
    }
}
