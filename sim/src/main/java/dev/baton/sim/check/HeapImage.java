package dev.baton.sim.check;

import java.util.Arrays;

/**
 * What a graph of objects remembered at one moment, flat, in the order in which {@link HeapWalk} met it. Written and
 * read by one walk; used again and again.
 */
final class HeapImage {
    Object[] objects = new Object[256];
    int objectCount;
    private long[] words = new long[1024];
    private int wordCount;
    private long[] asides = new long[64];
    private int asideCount;
    private Object[] refs = new Object[256];
    private int refCount;
    private final Mix tokens = new Mix();
    private int wordAt;
    private int asideAt;
    private int refAt;

    void clear() {
        objectCount = 0;
        wordCount = 0;
        asideCount = 0;
        refCount = 0;
        tokens.clear();
    }

    void object(Object object) {
        if (objectCount == objects.length) {
            objects = Arrays.copyOf(objects, objectCount * 2);
        }
        objects[objectCount++] = object;
    }

    /** A value that is part of the state. */
    void word(long value) {
        if (wordCount == words.length) {
            words = Arrays.copyOf(words, wordCount * 2);
        }
        words[wordCount++] = value;
    }

    /** A value that is brought back and is no part of the state. */
    void aside(long value) {
        if (asideCount == asides.length) {
            asides = Arrays.copyOf(asides, asideCount * 2);
        }
        asides[asideCount++] = value;
    }

    void ref(Object value) {
        if (refCount == refs.length) {
            refs = Arrays.copyOf(refs, refCount * 2);
        }
        refs[refCount++] = value;
    }

    /** A value that is part of the state and never changes in its object. */
    void token(long value) {
        tokens.add(value);
    }

    void rewind() {
        wordAt = 0;
        asideAt = 0;
        refAt = 0;
    }

    long nextWord() {
        return words[wordAt++];
    }

    long nextAside() {
        return asides[asideAt++];
    }

    Object nextRef() {
        return refs[refAt++];
    }

    /** The state in 64 bits, never 0. */
    long fingerprint() {
        long a = tokens.value();
        long b = wordCount;
        for (int i = 0; i < wordCount; i++) {   // two sums that depend on the order, and no long chain
            a = (a ^ words[i]) * 0x9E37_79B9_7F4A_7C15L;
            a ^= a >>> 29;
            b = Long.rotateLeft(b, 5) * 0xD6E8_FEB8_6659_FD93L + words[i];
        }
        tokens.add(a).add(b);
        return tokens.value();
    }
}
