package dev.baton.sim.check;

import dev.baton.sender.core.HandoffBoard;
import dev.baton.sender.core.Transfer;
import dev.baton.transport.session.HandoffId;

/**
 * What the world between and around the cores knows of one handoff: both engines, both data agents, and what is on its
 * way to memory. Sets of cells are bits.
 */
final class HandoffView {
    final int index;
    final int cellCount;
    final HandoffId id;

    /** The sender's engine. */
    HandoffBoard board;
    boolean isPrefilled;
    boolean isSenderCancelled;
    Verdict senderSays = Verdict.NONE;

    /** The sender's data agent. */
    Transfer transfer;
    long target;   // incarnation whose memory it stores into
    int round;
    int toSend;
    int posted;
    int pending;
    int markSeq;
    boolean isMarkPosted;
    boolean isStopDue;
    boolean isStopSaid;

    /** The receiver's data agent, and the memory. */
    long reservation;
    int slot = -1;
    int generation;
    int slab;
    final int[] extents = new int[2];
    long boundSession;
    int landed;
    int lined;
    int judged;
    int verified;
    boolean isMarkRead;
    boolean isRevokeDue;
    boolean isRevokeSaid;

    /** The receiver's engine. */
    int readyCount;
    boolean isReserved;
    boolean isWanted;
    boolean isReceiverCancelled;
    boolean wasGranted;
    int endings;
    Verdict receiverSays = Verdict.NONE;

    /** How it ended, at one end. */
    enum Verdict { NONE, DELIVERED, ENDED, UNKNOWN }

    HandoffView(int index, int cellCount) {
        this.index = index;
        this.cellCount = cellCount;
        this.id = new HandoffId(1, 2, 100 + index, 0);
    }

    int all() {
        return (1 << cellCount) - 1;
    }

    /** The sender's data agent begins a round. */
    void roundBegins(Transfer.Round next) {
        round = next.number();
        toSend = all();
        if (next.resend() != null) {
            toSend = 0;
            for (int cell : next.resend()) {
                toSend |= 1 << cell;
            }
        }
        posted = 0;
        isMarkPosted = false;
        isMarkRead = false;
    }

    /** The sending process is gone: what it knew goes with it. */
    void senderGone() {
        board = null;
        transfer = null;
        isPrefilled = false;
        isSenderCancelled = false;
        isStopDue = false;
        isStopSaid = false;
        senderSays = Verdict.NONE;
    }

    /** The receiving process is gone: so is its memory, and stores that still come go nowhere. */
    void receiverGone() {
        reservation = 0;
        slot = -1;
        generation = 0;
        boundSession = 0;
        landed = 0;
        lined = 0;
        judged = 0;
        verified = 0;
        isMarkRead = false;
        isRevokeDue = false;
        isRevokeSaid = false;
        readyCount = 0;
        isReserved = false;
        isWanted = false;
        isReceiverCancelled = false;
        wasGranted = false;
        endings = 0;
        if (receiverSays != Verdict.DELIVERED) {
            receiverSays = Verdict.NONE;
        }
    }

    /** S9: what the ends say goes together, whoever spoke last. */
    void agree() {
        boolean isBetrayed = senderSays == Verdict.DELIVERED && receiverSays != Verdict.DELIVERED;
        if (isBetrayed || (senderSays == Verdict.ENDED && receiverSays == Verdict.DELIVERED)) {
            throw new Broken("S9", "the ends disagree: handoff=" + index + " sender=" + senderSays + " receiver="
                + receiverSays);
        }
    }
}
