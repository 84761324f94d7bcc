import Hashing
import LogProof
import Sealing
import Testing

@Suite struct MerkleTreeTests {
    /// The leaves with which implementations of Certificate Transparency (RFC 6962, whose trees RFC 9162 keeps) are
    /// tested, and the roots over the first of them.
    private static let leaves = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    ].map { MerkleTree.leaf((Hexadecimal.bytes($0) ?? [])[...]) }
    private static let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    @Test(arguments: 0...8)
    func theRootIsTheOneThatOthersCompute(_ count: Int) {
        let root = MerkleTree.root(of: Array(Self.leaves.prefix(count)))
        #expect(Hexadecimal.text(root.bytes) == Self.roots[count])
    }

    @Test(arguments: [
        (
            0, 8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ]
        ),
        (
            5, 8,
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        ),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        (
            1, 5,
            [
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ]
        ),
    ])
    func thePathIsTheOneThatOthersCompute(_ index: Int, _ count: Int, _ path: [String]) {
        let found = MerkleTree.path(of: index, in: Array(Self.leaves.prefix(count)))
        #expect(found.map { Hexadecimal.text($0.bytes) } == path)
    }

    @Test func everyLeafOfEveryTreeIsProvedByItsPathAndNothingElseIs() {
        let leaves = (0..<70).map { MerkleTree.leaf([UInt8($0)]) }
        for size in 1...leaves.count {
            let tree = Array(leaves.prefix(size))
            let root = MerkleTree.root(of: tree)
            for index in 0..<size {
                let path = MerkleTree.path(of: index, in: tree)
                func proves(_ leaf: SHA256Digest, at index: Int, of size: Int, _ path: [SHA256Digest]) -> Bool {
                    MerkleTree.root(of: leaf, at: Int64(index), size: Int64(size), path: path) == root
                }
                #expect(proves(tree[index], at: index, of: size, path))
                #expect(!proves(SHA256.digest([0]), at: index, of: size, path))
                #expect(!proves(tree[index], at: index + 1, of: size, path))
                #expect(!proves(tree[index], at: index - 1, of: size, path))
                #expect(!proves(tree[index], at: index, of: size, path + [root]))
                if !path.isEmpty { #expect(!proves(tree[index], at: index, of: size, path.dropLast())) }
            }
        }
    }

    @Test func aLeafIsNoNode() {
        // A node's bytes, given out as those of a leaf, have another hash.
        let (left, right) = (SHA256.digest([1]), SHA256.digest([2]))
        #expect(MerkleTree.leaf((left.bytes + right.bytes)[...]) != MerkleTree.node(left, right))
    }
}
