package dev.baton.sim.check;

import java.util.Arrays;

/**
 * One part of the world: what is always there in it and changes, and what it holds now, as an image says that was made of
 * it or that it was brought back to. Where each object begins in that image is known, so what a step has not changed is
 * not written again when the world goes back to what it was before: a step changes few of some hundred objects.
 */
final class WalkedPart {
    private final Object[] lasting;
    private final Recall[] recalls;
    /** Null where something has touched it since. */
    private HeapImage now;
    /** In {@link #now}, of what is always there, then of what was met on the way; and where the last one ends. */
    private int[] words;
    private int[] refs;
    private int[] nextWords;
    private int[] nextRefs;
    /** What was kept is read in one of them: there is always one that is not {@link #now}. */
    private final HeapImage[] pages = {new HeapImage(), new HeapImage()};

    WalkedPart(Object[] lasting, RecallTable table) {
        this.lasting = lasting;
        recalls = new Recall[lasting.length];
        for (int i = 0; i < lasting.length; i++) {
            recalls[i] = table.of(lasting[i]);
        }
        words = new int[lasting.length + 64];
        refs = new int[words.length];
        nextWords = new int[words.length];
        nextRefs = new int[words.length];
    }

    HeapImage now() {
        return now;
    }

    void touched() {
        now = null;
    }

    /** What was kept, to be read; what was read before, and is not what the part is now, may be no more. */
    @SuppressWarnings("ReferenceEquality")   // which image it is
    HeapImage page(KeptPart kept) {
        for (HeapImage page : pages) {
            if (page.keptOrNull() == kept) {
                return page;
            }
        }
        HeapImage free = pages[0] == now ? pages[1] : pages[0];
        free.fill(kept);
        return free;
    }

    /** It is as that image says, which is another one with the same content. */
    void isAt(HeapImage image) {
        now = image;
    }

    void save(HeapImage into, HeapWalk walk) {
        into.clear();
        for (int i = 0; i < lasting.length; i++) {
            into.starts(words, refs, i);
            recalls[i].save(lasting[i], into, walk);
        }
        int at = lasting.length;
        for (int i = 0; i < into.objectCount; i++, at++) {
            ensurePlaces(at + 1);
            into.starts(words, refs, at);
            into.recalls[i].save(into.objects[i], into, walk);
            into.recalls[i].saveFixed(into.objects[i], into, walk);
        }
        into.starts(words, refs, at);
        now = into;
    }

    private void ensurePlaces(int last) {
        if (last >= words.length) {
            words = Arrays.copyOf(words, 2 * last);
            refs = Arrays.copyOf(refs, 2 * last);
        }
        if (last >= nextWords.length) {
            nextWords = Arrays.copyOf(nextWords, 2 * last);
            nextRefs = Arrays.copyOf(nextRefs, 2 * last);
        }
    }

    /** Brings it back to what that image says. */
    @SuppressWarnings("ReferenceEquality")   // which image it is
    void restore(HeapImage from) {
        if (now == from) {
            return;
        }
        from.rewind();
        int count = lasting.length + from.objectCount;
        ensurePlaces(count);
        int known = now == null ? 0 : lasting.length + now.objectCount;
        for (int at = 0; at < count;) {
            int alike = at < known ? alike(at, Math.min(known, count), from) : 0;
            if (alike > 0) {
                skip(at, alike, from);
            } else {
                place(at, from);
                restore(at, from);
            }
            at += Math.max(alike, 1);
        }
        place(count, from);
        swapPlaces();
        now = from;
    }

    private void place(int at, HeapImage from) {
        nextWords[at] = from.wordAt();
        nextRefs[at] = from.refAt();
    }

    private void restore(int at, HeapImage from) {
        if (at < lasting.length) {
            recalls[at].restore(lasting[at], from);
        } else {
            int met = at - lasting.length;
            from.recalls[met].restore(from.objects[met], from);
        }
    }

    /** How many objects, from that one on, hold what they held then. What an object holds says how much that is. */
    @SuppressWarnings("ReferenceEquality")   // which object it is
    private int alike(int from, int end, HeapImage then) {
        int wordEnd = words[from] + then.wordsAlike(now, words[from]);
        int refEnd = refs[from] + then.refsAlike(now, refs[from]);
        int at = from;
        while (at < end && words[at + 1] <= wordEnd && refs[at + 1] <= refEnd
            && (at < lasting.length || now.objects[at - lasting.length] == then.objects[at - lasting.length])) {
            at++;
        }
        return at - from;
    }

    private void skip(int from, int count, HeapImage then) {
        int wordShift = then.wordAt() - words[from];
        int refShift = then.refAt() - refs[from];
        for (int at = from; at < from + count; at++) {
            nextWords[at] = words[at] + wordShift;
            nextRefs[at] = refs[at] + refShift;
        }
        then.skip(words[from + count] - words[from], refs[from + count] - refs[from]);
    }

    private void swapPlaces() {
        int[] formerWords = words;
        int[] formerRefs = refs;
        words = nextWords;
        refs = nextRefs;
        nextWords = formerWords;
        nextRefs = formerRefs;
    }
}
