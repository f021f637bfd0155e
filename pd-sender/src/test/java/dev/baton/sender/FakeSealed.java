package dev.baton.sender;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

import dev.baton.buffer.PinnedBlocks;
import dev.baton.buffer.SealedPrefixes;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.KvPattern;
import dev.baton.kv.PatternSeed;
import dev.baton.kv.ShardPairing;

/** A receiving end's cache: the first blocks of one tenant's one prompt, each image in pieces that lie apart, back to front. */
final class FakeSealed implements SealedPrefixes, AutoCloseable {
    int blocks = 4;
    int pieceBytes = 1 << 20;
    int pins;
    int pinsEver;
    boolean isReadFull;
    /** Names of nodes that were asked; "holder" has all of it, "slow" does not answer. */
    final List<String> asked = new ArrayList<>();
    private final Arena arena = Arena.ofConfined();
    private final List<MemorySegment> pieces = new ArrayList<>();
    private final long tenant;
    private int piecesOfImage;

    FakeSealed(long tenant) {
        this.tenant = tenant;
    }

    /** All blocks of these names lie there, though only {@link #blocks} are found. */
    void fill(SenderRig rig, List<BlockKey> keys) {
        ShardPairing self = ShardPairing.of(rig.layout.layout(), rig.layout.sharding(), rig.layout.layout(), rig.layout.sharding());
        int blockTokens = rig.layout.layout().blockTokens();
        int imageBytes = (int) CellMap.ofTarget(self, blockTokens, 0, 0, 4 << 20).lengthBytes(0);
        piecesOfImage = Math.ceilDiv(imageBytes, pieceBytes);
        for (int block = 0; block < keys.size(); block++) {
            MemorySegment image = arena.allocate(imageBytes, 64);
            KvPattern.fillImage(image.address(), rig.layout.layout(), rig.layout.sharding(), 0, 0, block, blockTokens,
                PatternSeed.ofBlock(rig.receiver.seed, keys, block, 0));
            MemorySegment spread = arena.allocate(2L * piecesOfImage * pieceBytes, 64);
            for (int piece = 0; piece < piecesOfImage; piece++) {
                MemorySegment at = spread.asSlice(2L * (piecesOfImage - 1 - piece) * pieceBytes,
                    Math.min(pieceBytes, imageBytes - piece * pieceBytes));
                at.copyFrom(image.asSlice((long) piece * pieceBytes, at.byteSize()));
                pieces.add(at);
            }
        }
    }

    void clear() {
        pieces.clear();
    }

    @Override
    public int blockEnd(long asker, List<BlockKey> keys, int firstBlock) {
        return asker == tenant ? Math.max(firstBlock, Math.min(blocks, keys.size())) : firstBlock;
    }

    @Override
    public PinnedBlocks readOrNull(long asker, List<BlockKey> keys) {
        return isReadFull ? null : pinOrNull(asker, keys, 0);
    }

    @Override
    public void fetch(String nodeId, long asker, long requestHigh, long requestLow, List<BlockKey> keys, long deadlineMs, FetchListener listener) {
        asked.add(nodeId);
        if (!nodeId.equals("slow")) {
            blocks = nodeId.equals("holder") ? keys.size() : blocks;
            listener.onFetched(nodeId.equals("holder") ? "" : "not_known");
        }
    }

    @Override
    public PinnedBlocks pinOrNull(long asker, List<BlockKey> keys, int firstBlock) {
        if (blockEnd(asker, keys, firstBlock) < keys.size()) {
            return null;
        }
        pins++;
        pinsEver++;
        return new PinnedBlocks() {
            @Override
            public long address(int block, int shard, int group, long offset) {
                return piece(block, offset).address() + offset % pieceBytes;
            }

            @Override
            public long contiguousBytes(int block, int shard, int group, long offset) {
                return piece(block, offset).byteSize() - offset % pieceBytes;
            }

            private MemorySegment piece(int block, long offset) {
                return pieces.get(block * piecesOfImage + (int) (offset / pieceBytes));
            }

            @Override
            public void release() {
                pins--;
            }
        };
    }

    @Override
    public void close() {
        arena.close();
    }
}
