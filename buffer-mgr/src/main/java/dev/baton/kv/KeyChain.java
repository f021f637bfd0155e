package dev.baton.kv;

import dev.baton.platform.Require;
import java.util.Arrays;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The keys of a conversation's whole blocks, in order, as it grows: each covers its block's tokens and, through the key
 * before it, everything before. Appending hashes what is new and nothing twice; tokens of a block that is not whole yet
 * wait. 32 bytes a block, and one block of tokens. One thread, that of its {@link KeyHasher}.
 */
public final class KeyChain {
    private static final int MEDIA_HASH_BYTES = 32;
    private static final int MEDIA_BYTES = Integer.BYTES + MEDIA_HASH_BYTES;

    private final KeyHasher hasher;
    private final char kind;
    private final int blockTokens;
    private final int[] pending;
    private int pendingCount;
    private byte[] media = new byte[0];
    private int mediaLength;
    private byte[] keys = new byte[8 * BlockKey.LENGTH_BYTES];
    private final UnsafeBuffer view = new UnsafeBuffer(keys);
    private int keyCount;

    KeyChain(KeyHasher hasher, char kind, int blockTokens) {
        this.hasher = hasher;
        this.kind = kind;
        this.blockTokens = Require.between("blockTokens", blockTokens, 1, KvLayout.BLOCK_TOKENS_MAX);
        pending = new int[blockTokens];
    }

    /** Adds the next tokens of the conversation. */
    public KeyChain append(int[] tokens, int from, int count) {
        int at = from;
        int end = from + count;
        if (pendingCount > 0) {
            int taken = Math.min(count, blockTokens - pendingCount);
            System.arraycopy(tokens, at, pending, pendingCount, taken);
            pendingCount += taken;
            at += taken;
            if (pendingCount == blockTokens) {
                addKey(pending, 0);
                pendingCount = 0;
            }
        }
        for (; end - at >= blockTokens; at += blockTokens) {
            addKey(tokens, at);
        }
        if (at < end) {
            System.arraycopy(tokens, at, pending, 0, end - at);
            pendingCount = end - at;
        }
        return this;
    }

    /**
     * The next token stands for something that its number does not tell: an image, audio, an embedding.
     *
     * @param hash 32 bytes of a cryptographic hash of it
     */
    public KeyChain appendMedia(byte[] hash) {
        Require.between("media hash length", hash.length, MEDIA_HASH_BYTES, MEDIA_HASH_BYTES);
        if (media.length < mediaLength + MEDIA_BYTES) {
            media = Arrays.copyOf(media, 2 * (mediaLength + MEDIA_BYTES));
        }
        KeyHasher.put(media, mediaLength, pendingCount);
        System.arraycopy(hash, 0, media, mediaLength + Integer.BYTES, MEDIA_HASH_BYTES);
        mediaLength += MEDIA_BYTES;
        return this;
    }

    /** Whole blocks so far. */
    public int keyCount() {
        return keyCount;
    }

    /** Tokens so far, those of a block that is not whole yet included. */
    public long tokenCount() {
        return (long) keyCount * blockTokens + pendingCount;
    }

    /** The key of one whole block. Reading goes by {@link #keys()} where no object shall be made. */
    public BlockKey key(int block) {
        Require.between("block", block, 0, keyCount - 1);
        return BlockKey.of(view, block * BlockKey.LENGTH_BYTES);
    }

    /** All keys so far, 32 bytes each; moves when the chain grows. */
    public MutableDirectBuffer keys() {
        return view;
    }

    private void addKey(int[] tokens, int from) {
        int at = keyCount * BlockKey.LENGTH_BYTES;
        if (at == keys.length) {
            keys = Arrays.copyOf(keys, 2 * at);
            view.wrap(keys);
        }
        hasher.block(kind, keyCount == 0 ? null : keys, at - BlockKey.LENGTH_BYTES, tokens, from, blockTokens, media, mediaLength,
            keys, at);
        mediaLength = 0;
        keyCount++;
    }
}
