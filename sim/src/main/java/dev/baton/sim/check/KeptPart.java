package dev.baton.sim.check;

import java.util.Arrays;

/**
 * What one part of the world remembered, for good and in little room: of its words, pieces that are as they were in the
 * state before it are that state's own, and so are all its references where none is another. Immutable.
 */
final class KeptPart {
    private static final int PIECE = 64;

    final long[][] pieces;
    final int wordCount;
    final Object[] refs;
    final Object[] objects;
    final Recall[] recalls;
    final long fingerprint;

    /** @param beforeOrNull what pieces may be shared with */
    KeptPart(long[] words, int wordCount, Object[] refs, Object[] objects, Recall[] recalls, long fingerprint, KeptPart beforeOrNull) {
        this.wordCount = wordCount;
        this.fingerprint = fingerprint;
        this.refs = refs;
        this.objects = objects;
        this.recalls = recalls;
        pieces = new long[Math.ceilDiv(wordCount, PIECE)][];
        for (int i = 0; i < pieces.length; i++) {
            int from = i * PIECE;
            int to = Math.min(wordCount, from + PIECE);
            long[] before = beforeOrNull != null && i < beforeOrNull.pieces.length ? beforeOrNull.pieces[i] : null;
            pieces[i] = before != null && Arrays.equals(before, 0, before.length, words, from, to) ? before : Arrays.copyOfRange(words, from, to);
        }
    }

    void words(long[] into) {
        for (int i = 0; i < pieces.length; i++) {
            System.arraycopy(pieces[i], 0, into, i * PIECE, pieces[i].length);
        }
    }

    /** The first so many of those, in an array of that length: the one from before, if they are the same objects. */
    @SuppressWarnings("ReferenceEquality")   // which objects they are
    static <T> T[] shared(T[] values, int count, T[] beforeOrNull) {
        boolean isSame = beforeOrNull != null && beforeOrNull.length == count;
        for (int i = 0; isSame && i < count; i++) {
            isSame = values[i] == beforeOrNull[i];
        }
        return isSame ? beforeOrNull : Arrays.copyOf(values, count);
    }
}
