package dev.baton.receiver.core;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.agrona.collections.Object2ObjectHashMap;

import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Role;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.SenderProxy;

/**
 * Parked prefills that the engine wants of other nodes: from its word until memory is held for one, whose end is told as any
 * handoff's, or until the engine is told that it does not come. WANT is said again where nobody answers, and on that node's next
 * session. Bounded in number and time. Pure; control agent's thread.
 */
public final class Wants {
    static final int COUNT_MAX = 4096;
    /** Until a node has answered. */
    private static final long DEADLINE_NS = TimeUnit.MINUTES.toNanos(2);
    /** From its answer: prefill may still take as long as one may be estimated, and then the deadline runs. */
    private static final long ACKNOWLEDGED_NS = TimeUnit.MINUTES.toNanos(12);
    private static final long ASK_AGAIN_NS = TimeUnit.SECONDS.toNanos(3);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final class Want {
        final HandoffId handoff;
        final String nodeId;
        final int haveTokens;
        final long correlation;
        Session session;             // null while there is none with that node
        boolean isAnswered;
        long endNs;
        long askAgainNs;
        long lostUntilNs;            // while there is no session

        Want(HandoffId handoff, String nodeId, int haveTokens, long correlation, long endNs) {
            this.handoff = handoff;
            this.nodeId = nodeId;
            this.haveTokens = haveTokens;
            this.correlation = correlation;
            this.endNs = endNs;
        }
    }

    private final HandoffInquiries known;
    private final SenderProxy proxy;
    private final DecodeEvents engine;
    private final ReceiverCounters counters;
    private final long rebindNs;
    private final Object2ObjectHashMap<HandoffId, Want> byHandoff = new Object2ObjectHashMap<>();
    private final List<Want> inOrder = new ArrayList<>();
    private final Map<String, Session> holders = new LinkedHashMap<>();
    private boolean isDraining;
    private long asked;
    private long nextLookNs;
    private long nowNs;

    /** @param rebindNs how long a node whose session was lost may stay away */
    Wants(HandoffInquiries known, SenderProxy proxy, DecodeEvents engine, ReceiverCounters counters, long rebindNs) {
        this.known = known;
        this.proxy = proxy;
        this.engine = engine;
        this.counters = counters;
        this.rebindNs = rebindNs;
    }

    /**
     * Asks that node, by its name: no address comes from the engine. Of what is under way here, or was delivered, nobody is asked
     * and nothing is told: its one end is.
     *
     * @return the session that it was asked on; null where nobody was
     */
    public Session ask(String nodeId, HandoffId handoff, int haveTokens) {
        Want before = byHandoff.get(handoff);
        if ((before != null && !isSettled(before)) || known.isComing(handoff) || known.wasDelivered(handoff)) {
            counters.wantDoubled();
            return null;
        }
        Session session = holders.get(nodeId);
        EndReason whyNot = whyNot(handoff, session);
        if (whyNot != EndReason.NONE) {
            engine.onNotHere(handoff, whyNot);
            return null;
        }
        if (inOrder.isEmpty()) {
            nextLookNs = nowNs;
        }
        Want want = new Want(handoff, nodeId, haveTokens, ++asked, nowNs + DEADLINE_NS);
        byHandoff.put(handoff, want);
        inOrder.add(want);
        say(want, session);
        return session;
    }

    private EndReason whyNot(HandoffId handoff, Session session) {
        if (isDraining) {
            return EndReason.SHUTDOWN;
        }
        if (session == null) {
            return EndReason.PEER_LOST;
        }
        if (!((PeerLayout) session.receiverState()).isUsable()) {
            return EndReason.LAYOUT_MISMATCH;
        }
        return inOrder.size() >= COUNT_MAX ? EndReason.OVERLOADED : known.wantedAgain(handoff);
    }

    private void say(Want want, Session session) {
        want.session = session;
        want.askAgainNs = nowNs + ASK_AGAIN_NS;
        proxy.wantBegin(session, want.correlation, want.handoff, want.haveTokens, (int) TimeUnit.NANOSECONDS.toMillis(DEADLINE_NS), -1);
        proxy.wantEnd();
    }

    /** Those that are asked for and have not come. */
    public int count() {
        return inOrder.size();
    }

    /** It is there, parked or still prefilled: its node comes for memory. */
    public void onWantAck(Session session, HandoffId handoff) {
        Want want = byHandoff.get(handoff);
        if (want != null && session.equals(want.session) && !want.isAnswered) {
            want.isAnswered = true;
            want.endNs = nowNs + ACKNOWLEDGED_NS;
        }
    }

    /** Only the answer to what was asked, on the session that it was asked on, is told. */
    public void onNotHere(Session session, HandoffId handoff, long correlation, EndReason reason) {
        Want want = byHandoff.get(handoff);
        if (want == null || want.correlation != correlation || !session.equals(want.session) || isSettled(want)) {
            counters.notHereUnasked();
        } else {
            tell(want, reason);
        }
    }

    /** A sender gives it up. False where it was asked of another node, and that one has not come yet: nobody else has a say. */
    boolean onCancel(Session session, HandoffId handoff, EndReason reason) {
        Want want = byHandoff.get(handoff);
        if (want == null || isSettled(want)) {
            return true;
        }
        if (!want.nodeId.equals(session.peer().nodeId())) {
            return false;
        }
        tell(want, reason == EndReason.NONE ? EndReason.CANCELLED : reason);
        return true;
    }

    /** The engine wants it no more. */
    void cancel(HandoffId handoff, EndReason reason) {
        Want want = byHandoff.get(handoff);
        if (want != null && !isSettled(want)) {
            giveUp(want, reason);
        }
    }

    /** Nobody is there any more who wanted them. */
    void engineLost() {
        endAll(EndReason.ENGINE_LOST);
    }

    /** Nothing new is wanted; what has not come ends. */
    void drain() {
        isDraining = true;
        endAll(EndReason.SHUTDOWN);
    }

    private void endAll(EndReason reason) {
        for (Want want : List.copyOf(inOrder)) {
            cancel(want.handoff, reason);
        }
    }

    void sessionOpened(Session session) {
        if (!session.peer().hasRole(Role.PREFILL)) {
            return;
        }
        String nodeId = session.peer().nodeId();
        holders.put(nodeId, session);
        for (Want want : inOrder) {
            if (want.session == null && want.nodeId.equals(nodeId)) {
                say(want, session);
            }
        }
    }

    /** Its node has a while to come back. */
    void sessionClosed(Session session) {
        String nodeId = session.peer().nodeId();
        holders.remove(nodeId, session);
        Session next = holders.get(nodeId);
        for (Want want : inOrder) {
            if (session.equals(want.session)) {
                want.session = null;
                want.isAnswered = false;
                want.lostUntilNs = nowNs + rebindNs;
                if (next != null) {
                    say(want, next);
                }
            }
        }
    }

    /** Each cycle. */
    void poll(long now) {
        nowNs = now;
        if (inOrder.isEmpty() || nextLookNs - nowNs > 0) {
            return;
        }
        nextLookNs = nowNs + LOOK_NS;
        for (int i = 0; i < inOrder.size();) {
            Want want = inOrder.get(i);
            look(want);
            if (i < inOrder.size() && inOrder.get(i) == want) {
                i++;
            }
        }
    }

    private void look(Want want) {
        if (isSettled(want)) {
            return;
        }
        if (want.endNs - nowNs <= 0) {
            giveUp(want, EndReason.DEADLINE);
        } else if (isDraining) {
            giveUp(want, EndReason.SHUTDOWN);
        } else if (want.session == null && want.lostUntilNs - nowNs <= 0) {
            giveUp(want, EndReason.PEER_LOST);
        } else if (want.session != null && !want.isAnswered && want.askAgainNs - nowNs <= 0) {
            say(want, want.session);
        }
    }

    /**
     * Whether its sender has come, or it ended: that is told as of any handoff. What waits for memory may still be told to come again.
     * What was refused for good before it waited is told here.
     */
    private boolean isSettled(Want want) {
        if (known.isComing(want.handoff)) {
            if (!known.isWaiting(want.handoff)) {
                remove(want);
            }
            return true;
        }
        if (known.hasOutcome(want.handoff)) {
            remove(want);
            return true;
        }
        EndReason refused = known.whyRefused(want.handoff);
        if (refused != EndReason.NONE) {
            tell(want, refused);
        }
        return refused != EndReason.NONE;
    }

    /** A RESERVE that comes all the same is refused. */
    private void giveUp(Want want, EndReason reason) {
        known.notAwaited(want.handoff, reason, nowNs);
        if (want.session != null && want.session.isOpen()) {
            proxy.cancel(want.session, want.correlation, want.handoff, reason);
        }
        tell(want, reason);
    }

    private void tell(Want want, EndReason reason) {
        remove(want);
        engine.onNotHere(want.handoff, reason);
    }

    private void remove(Want want) {
        byHandoff.remove(want.handoff);
        inOrder.remove(want);
    }
}
