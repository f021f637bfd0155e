package dev.baton.sim.check;

import java.util.Arrays;

/**
 * What a graph of objects remembered at one moment, flat, in the order in which {@link HeapWalk} met it. Written and
 * read by one walk; used again and again.
 */
final class HeapImage {
    Object[] objects = new Object[256];
    Recall[] recalls = new Recall[256];
    int objectCount;
    private long[] words = new long[1024];
    private int wordCount;
    private long[] asides = new long[64];
    private int asideCount;
    private Object[] refs = new Object[256];
    private int refCount;
    /** What stands for references, and what never changes in its object: part of the state, not brought back. */
    private long[] tokens = new long[1024];
    private int tokenCount;
    private int wordAt;
    private int asideAt;
    private int refAt;

    void clear() {
        objectCount = 0;
        wordCount = 0;
        asideCount = 0;
        refCount = 0;
        tokenCount = 0;
    }

    void object(Object object, Recall recall) {
        if (objectCount == objects.length) {
            objects = Arrays.copyOf(objects, objectCount * 2);
            recalls = Arrays.copyOf(recalls, objectCount * 2);
        }
        recalls[objectCount] = recall;
        objects[objectCount++] = object;
    }

    /** A value that is part of the state. */
    void word(long value) {
        ensureWords(1);
        words[wordCount++] = value;
    }

    private void ensureWords(int more) {
        if (wordCount + more > words.length) {
            words = Arrays.copyOf(words, (wordCount + more) * 2);
        }
    }

    void words(Object object, FieldGroup group) {
        ensureWords(group.numberCount());
        group.copy().readNumbers(object, words, wordCount);
        wordCount += group.numberCount();
    }

    void words(long[] values) {
        ensureWords(values.length);
        System.arraycopy(values, 0, words, wordCount, values.length);
        wordCount += values.length;
    }

    /** A value that is brought back and is no part of the state. */
    void aside(long value) {
        ensureAsides(1);
        asides[asideCount++] = value;
    }

    private void ensureAsides(int more) {
        if (asideCount + more > asides.length) {
            asides = Arrays.copyOf(asides, (asideCount + more) * 2);
        }
    }

    void asides(Object object, FieldGroup group) {
        ensureAsides(group.numberCount());
        group.copy().readNumbers(object, asides, asideCount);
        asideCount += group.numberCount();
    }

    void ref(Object value) {
        ensureRefs(1);
        refs[refCount++] = value;
    }

    private void ensureRefs(int more) {
        if (refCount + more > refs.length) {
            refs = Arrays.copyOf(refs, (refCount + more) * 2);
        }
    }

    /** References that are part of the state. */
    void references(Object object, FieldGroup group, HeapWalk walk) {
        texts(object, group);
        for (int i = refCount - group.referenceCount(); i < refCount; i++) {
            token(walk.token(refs[i]));
        }
    }

    /** References that are not. */
    void texts(Object object, FieldGroup group) {
        ensureRefs(group.referenceCount());
        group.copy().readReferences(object, refs, refCount);
        refCount += group.referenceCount();
    }

    /** A value that is part of the state and never changes in its object. */
    void token(long value) {
        ensureTokens(1);
        tokens[tokenCount++] = value;
    }

    private void ensureTokens(int more) {
        if (tokenCount + more > tokens.length) {
            tokens = Arrays.copyOf(tokens, (tokenCount + more) * 2);
        }
    }

    /** Fields that never change in their object. */
    void tokens(Object object, FieldGroup group, HeapWalk walk) {
        ensureTokens(group.numberCount());
        group.copy().readNumbers(object, tokens, tokenCount);
        tokenCount += group.numberCount();
        references(object, group, walk);
        refCount -= group.referenceCount();
    }

    void rewind() {
        wordAt = 0;
        asideAt = 0;
        refAt = 0;
    }

    long nextWord() {
        return words[wordAt++];
    }

    void nextWords(long[] into) {
        System.arraycopy(words, wordAt, into, 0, into.length);
        wordAt += into.length;
    }

    void restoreWords(Object object, FieldGroup group) {
        group.copy().writeNumbers(object, words, wordAt);
        wordAt += group.numberCount();
    }

    long nextAside() {
        return asides[asideAt++];
    }

    void restoreAsides(Object object, FieldGroup group) {
        group.copy().writeNumbers(object, asides, asideAt);
        asideAt += group.numberCount();
    }

    Object nextRef() {
        return refs[refAt++];
    }

    void restoreReferences(Object object, FieldGroup group) {
        group.copy().writeReferences(object, refs, refAt);
        refAt += group.referenceCount();
    }

    /** The state in 64 bits, never 0. */
    long fingerprint() {
        return new Mix().add(tokens, tokenCount).add(words, wordCount).value();
    }
}
