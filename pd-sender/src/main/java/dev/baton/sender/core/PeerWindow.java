package dev.baton.sender.core;

import java.util.ArrayDeque;

/**
 * How many handoffs may be under way to one peer at once, from RESERVE to READY: few on a new session, as many again
 * with each that lands, and half as many with each that fails, so that a peer that came back, or is in trouble, is not
 * met by all that waited. The others wait here in their order. Pure; control agent's thread.
 */
final class PeerWindow {
    static final int FIRST = 8;
    static final int MAX = 4096;

    private int size = FIRST;
    private int underWay;
    private final ArrayDeque<OutboundHandoff> waiting = new ArrayDeque<>();

    /** Whether it may go now; else it waits its turn, once. */
    boolean enter(OutboundHandoff handoff) {
        if (handoff.isInWindow) {
            return true;
        }
        if (underWay < size && (waiting.isEmpty() || waiting.peek() == handoff)) {
            waiting.poll();
            handoff.isInWindow = true;
            underWay++;
            return true;
        }
        if (!handoff.isInLine) {
            handoff.isInLine = true;
            waiting.add(handoff);
        }
        return false;
    }

    /** It landed: the peer takes as much again. */
    void landed(OutboundHandoff handoff) {
        size = Math.min(size * 2, MAX);
        left(handoff);
    }

    /** It failed on its way, and not by this end's wish: the peer takes half as much until others land. */
    void failed() {
        size = Math.max(size / 2, FIRST);
    }

    /** The peer grants nothing for a while: what comes after begins slowly. */
    void refused() {
        size = FIRST;
    }

    void left(OutboundHandoff handoff) {
        if (handoff.isInWindow) {
            handoff.isInWindow = false;
            underWay--;
        }
    }

    /** Who may go next; null if nobody waits, or none may go. Those that ended while they waited are passed over. */
    OutboundHandoff nextOrNull() {
        while (!waiting.isEmpty() && waiting.peek().last != null) {
            waiting.remove();
        }
        return underWay < size ? waiting.peek() : null;
    }
}
