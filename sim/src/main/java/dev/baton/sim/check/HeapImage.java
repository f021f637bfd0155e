package dev.baton.sim.check;

import java.util.Arrays;

/**
 * What one part of a graph of objects remembered at one moment, flat, in the order in which {@link HeapWalk} met it.
 * Written and read by one walk, and used again and again; what it says for good is a {@link KeptPart}.
 */
final class HeapImage {
    Object[] objects;
    Recall[] recalls;
    int objectCount;
    /** Numbers; those that {@link #asides} names are brought back and are no part of the state. */
    private long[] words;
    private int wordCount;
    private int[] asides;
    private int asideCount;
    private Object[] refs;
    private int refCount;
    /** What stands for references, and what never changes in its object: part of the state, not brought back. */
    private long[] tokens;
    private int tokenCount;
    /** By place of a token, what had one that stays what it is, when this was last written on: mostly what has that place again. */
    private Object[] known;
    private long[] knownTokens;
    private int wordAt;
    private int refAt;
    private long[] hidden;
    /** 0 until it is asked for. */
    private long fingerprint;
    private KeptPart kept;

    HeapImage() {
        objects = new Object[256];
        recalls = new Recall[256];
        words = new long[1024];
        asides = new int[64];
        refs = new Object[512];
        tokens = new long[1024];
        known = new Object[1024];
        knownTokens = new long[1024];
        hidden = new long[64];
    }

    /**
     * What it says, for good.
     *
     * @param before of the state before it, to be shared with
     */
    KeptPart kept(HeapImage before) {
        if (kept == null) {
            KeptPart then = before.kept;
            kept = new KeptPart(words, wordCount, KeptPart.shared(refs, refCount, then == null ? null : then.refs),
                KeptPart.shared(objects, objectCount, then == null ? null : then.objects),
                KeptPart.shared(recalls, objectCount, then == null ? null : then.recalls), fingerprint(), then);
        }
        return kept;
    }

    /** What it was kept as, or filled from; null if neither since it was written. */
    KeptPart keptOrNull() {
        return kept;
    }

    /** To be read: it says what that one does. */
    void fill(KeptPart from) {
        clear();
        ensureWords(from.wordCount);
        from.words(words);
        wordCount = from.wordCount;
        ensureRefs(from.refs.length);
        System.arraycopy(from.refs, 0, refs, 0, from.refs.length);
        refCount = from.refs.length;
        for (int i = 0; i < from.objects.length; i++) {
            object(from.objects[i], from.recalls[i]);
        }
        fingerprint = from.fingerprint;
        kept = from;
    }

    void clear() {
        kept = null;
        fingerprint = 0;
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

    void words(long[] values) {
        ensureWords(values.length);
        System.arraycopy(values, 0, words, wordCount, values.length);
        wordCount += values.length;
    }

    /** A value that is brought back and is no part of the state. */
    void aside(long value) {
        asideAt(wordCount);
        word(value);
    }

    private void asideAt(int place) {
        if (asideCount == asides.length) {
            asides = Arrays.copyOf(asides, asideCount * 2);
        }
        asides[asideCount++] = place;
    }

    /** What it refers to, which is part of the state and is brought back. */
    void ref(Object value, HeapWalk walk) {
        looseRef(value);
        ensureTokens(1);
        tokens[tokenCount] = tokenOf(value, walk);
        tokenCount++;
    }

    /** As above, and no part of the state by its place. */
    void looseRef(Object value) {
        ensureRefs(1);
        refs[refCount++] = value;
    }

    /** Of what is next. */
    @SuppressWarnings("ReferenceEquality")   // which object it is
    private long tokenOf(Object value, HeapWalk walk) {
        if (value == null) {
            return 0;
        }
        int place = tokenCount;
        if (known[place] == value) {
            return knownTokens[place];
        }
        long token = walk.token(value);
        if (walk.isTokenLasting()) {
            known[place] = value;
            knownTokens[place] = token;
        }
        return token;
    }

    private void ensureRefs(int more) {
        if (refCount + more > refs.length) {
            refs = Arrays.copyOf(refs, (refCount + more) * 2);
        }
    }

    void fields(Object object, FieldGroup group, HeapWalk walk) {
        ensureWords(group.numberCount());
        ensureRefs(group.referenceCount());
        ensureTokens(group.referenceCount());
        int referenceEnd = refCount + group.referenceCount() - group.textCount();
        group.copy().read(object, words, wordCount, refs, refCount);
        for (int i = refCount; i < referenceEnd; i++) {
            tokens[tokenCount] = tokenOf(refs[i], walk);
            tokenCount++;
        }
        wordCount += group.numberCount();
        refCount += group.referenceCount();
        for (int i = wordCount - group.asideCount(); i < wordCount; i++) {
            asideAt(i);
        }
    }

    void restoreFields(Object object, FieldGroup group) {
        group.copy().write(object, words, wordAt, refs, refAt);
        wordAt += group.numberCount();
        refAt += group.referenceCount();
    }

    /** A value that is part of the state and never changes in its object. */
    void token(long value) {
        ensureTokens(1);
        tokens[tokenCount++] = value;
    }

    private void ensureTokens(int more) {
        if (tokenCount + more > tokens.length) {
            tokens = Arrays.copyOf(tokens, (tokenCount + more) * 2);
            known = Arrays.copyOf(known, tokens.length);
            knownTokens = Arrays.copyOf(knownTokens, tokens.length);
        }
    }

    /** Fields that never change in their object. */
    void fixed(Object object, FieldGroup group, HeapWalk walk) {
        ensureTokens(group.numberCount() + group.referenceCount());
        ensureRefs(group.referenceCount());
        group.copy().read(object, tokens, tokenCount, refs, refCount);
        tokenCount += group.numberCount();
        for (int i = refCount; i < refCount + group.referenceCount(); i++) {
            tokens[tokenCount] = tokenOf(refs[i], walk);
            tokenCount++;
        }
    }

    void rewind() {
        wordAt = 0;
        refAt = 0;
    }

    /** While it is written: where what comes next begins. */
    void starts(int[] wordStarts, int[] refStarts, int place) {
        wordStarts[place] = wordCount;
        refStarts[place] = refCount;
    }

    int wordAt() {
        return wordAt;
    }

    int refAt() {
        return refAt;
    }

    void skip(int wordsMore, int refsMore) {
        wordAt += wordsMore;
        refAt += refsMore;
    }

    /** How many words that are read next are those of another image from there on. */
    int wordsAlike(HeapImage other, int otherAt) {
        int alike = Arrays.mismatch(words, wordAt, wordCount, other.words, otherAt, other.wordCount);
        return alike < 0 ? wordCount - wordAt : alike;
    }

    /** As above, of what it refers to. */
    @SuppressWarnings("ReferenceEquality")   // which object it is
    int refsAlike(HeapImage other, int otherAt) {
        int end = Math.min(refCount - refAt, other.refCount - otherAt);
        int alike = 0;
        while (alike < end && refs[refAt + alike] == other.refs[otherAt + alike]) {
            alike++;
        }
        return alike;
    }

    long nextWord() {
        return words[wordAt++];
    }

    void nextWords(long[] into) {
        System.arraycopy(words, wordAt, into, 0, into.length);
        wordAt += into.length;
    }

    Object nextRef() {
        return refs[refAt++];
    }

    /** The state in 64 bits, never 0. */
    long fingerprint() {
        if (fingerprint != 0) {
            return fingerprint;
        }
        hidden = asideCount > hidden.length ? new long[asideCount * 2] : hidden;
        for (int i = 0; i < asideCount; i++) {
            hidden[i] = words[asides[i]];
            words[asides[i]] = 0;
        }
        fingerprint = new Mix().add(tokens, tokenCount).add(words, wordCount).value();
        for (int i = 0; i < asideCount; i++) {
            words[asides[i]] = hidden[i];
        }
        return fingerprint;
    }
}
