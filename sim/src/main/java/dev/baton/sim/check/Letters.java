package dev.baton.sim.check;

import java.util.ArrayDeque;
import org.agrona.DirectBuffer;

/** Encoded messages of one session on their way to one end, in order. */
final class Letters {
    private static final int COUNT_MAX = 64;

    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();

    void add(DirectBuffer buffer, int offset, int length) {
        byte[] letter = new byte[length];
        buffer.getBytes(offset, letter);
        waiting.add(letter);
        if (waiting.size() > COUNT_MAX) {
            throw new Broken("S14", "an end says more and more while nobody listens: messages=" + waiting.size());
        }
    }

    void clear() {
        waiting.clear();
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    byte[] peek() {
        return waiting.peek();
    }

    byte[] take() {
        return waiting.remove();
    }
}
