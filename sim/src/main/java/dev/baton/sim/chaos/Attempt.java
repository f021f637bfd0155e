package dev.baton.sim.chaos;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.wire.OutcomeKind;

/** One try at one request, as both engines know it. */
final class Attempt {
    /** A receiver forgets after five minutes how it ended, so none is begun that may have ended so long ago. */
    private static final long FORGOTTEN_NS = 240_000_000_000L;
    /** Those five minutes, by the fastest clock, and a little less. */
    private static final long REMEMBERED_NS = 296_000_000_000L;

    final Request request;
    /** Of which sender: the one that reserves, or another rank of the same engine. */
    final int sender;
    /** The one that reserves; this, but at another rank. */
    final Attempt lead;
    /** What the rank that reserved was told for this one; null once it was handed to the sender. */
    byte[] grant;
    final HandoffId id;
    final int number;
    long handle;
    long askedNs;
    long begunNs = -1;
    int senderLife;
    boolean isGranted;
    boolean isFinished;
    /** Its engine died before it had prefilled it. */
    boolean isOrphan;
    boolean isLanded;
    int nextBlock;
    long nextChunkNs;
    /** There was no room to stage its next block. */
    boolean isStalled;
    /** What its engine need not compute is to be looked for first. */
    boolean isToRead;
    long cancelNs = Long.MAX_VALUE;
    int cancels;
    int wants;
    long nextWantNs = Long.MAX_VALUE;

    /** Why it was last; null if it never was. */
    RejectReason refusedFor;
    /** How it ended at the sender; null while it has not. */
    OutcomeKind senderKind;
    EndReason senderReason;
    long senderEndNs;
    boolean isSenderGone;
    /** There was no room at its sender for as long as it had, so the engine went without. */
    boolean isGivenUp;
    boolean isLocalEnd;

    /** Which life of its receiver granted it; 0 if none was seen to. */
    int grantedLife;
    int readyCount;
    /** Of the receiver that told its engine last; another process knows nothing of it. */
    int engineEndLife;
    private long engineEndNs;
    boolean isDelivered;
    /** The receiver died while it had it, or might have. */
    boolean isReceiverGone;
    long readyNs = -1;

    Attempt(Request request, int number) {
        this(request, number, request.sender(), null);
    }

    /** The same at another rank. */
    Attempt(Attempt lead, int sender) {
        this(lead.request, lead.number, sender, lead);
    }

    private Attempt(Request request, int number, int sender, Attempt leadOrNull) {
        this.request = request;
        this.number = number;
        this.sender = sender;
        this.lead = leadOrNull == null ? this : leadOrNull;
        this.isToRead = ForwardPlan.isReadFirst(request);
        this.id = new HandoffId(request.tenant(), 0xBA70, request.index(), number);
    }

    boolean isLead() {
        return lead == this;
    }

    /** Its engine stood still until nobody may begin it any more: whoever asks, asks for another attempt. */
    boolean isForgotten(long nowNs) {
        return nowNs - askedNs > FORGOTTEN_NS;
    }

    /** That process of the receiver tells its engine the end. False where it did before, and remembers it. */
    boolean endsForEngine(int life, long nowNs) {
        boolean isFirst = engineEndLife != life || nowNs - engineEndNs > REMEMBERED_NS;
        engineEndLife = life;
        engineEndNs = nowNs;
        return isFirst;
    }

    boolean isOver() {
        return senderKind != null || isSenderGone || isGivenUp;
    }

    @Override
    public String toString() {
        return "request=" + request.index() + "/" + number + (isLead() ? "" : " at rank " + sender);
    }
}
