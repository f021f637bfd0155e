package dev.baton.receiver.core;

import java.util.Arrays;

import dev.baton.platform.Canary;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Session;

/** What one sending process brings of a handoff. Control agent's thread. */
final class InboundPart {
    private static final int UNUSED = -1;
    private static final byte[] NO_AUX = {};

    private final int part;
    private final long incarnation;
    private final int[] lastSeqAwaited;
    private final int[] lastSeqRead;
    /** Of this round, a bit a lane. */
    private long lanesTold;
    private Session session;
    private Session toldOn;
    private long tokenHigh;
    private long tokenLow;
    private boolean isOneSided;
    private boolean isOneSidedElsewhere;
    private int round = 1;
    private boolean hasFin;
    private boolean isDrainedSaid;
    /** A card places what it writes here. */
    private boolean isByCard;
    /** Of each lane of this process, of all rounds: the newest mark that was read, and the one that DRAINED names. */
    private final int[] marksRead;
    private final int[] marksOwed;
    private int corruptRound;
    private boolean isWriterGone;
    private long failedCompletions;
    private int lineCount;
    private long lineBytes;
    private long digest;
    private long auxShare;
    private byte[] aux = NO_AUX;
    private int[] badCells = {};
    private EndReason[] badReasons = {};
    private int badCount;

    InboundPart(int part, long incarnation, int laneCount) {
        this.part = part;
        this.incarnation = incarnation;
        lastSeqAwaited = new int[laneCount];
        lastSeqRead = new int[laneCount];
        marksRead = new int[laneCount];
        marksOwed = new int[laneCount];
        Arrays.fill(lastSeqAwaited, UNUSED);
        Arrays.fill(lastSeqRead, UNUSED);
    }

    int part() {
        return part;
    }

    /** The process that may bind it. */
    long incarnation() {
        return incarnation;
    }

    boolean isBound() {
        return session != null;
    }

    Session session() {
        return session;
    }

    void bind(Session by, boolean oneSided, long high, long low) {
        session = by;
        toldOn = by;
        isOneSided = oneSided;
        tokenHigh = high;
        tokenLow = low;
    }

    /** Where READY and the outcome are told: the session that bound it, or the one that asked after that was lost. */
    Session toldOn() {
        return toldOn;
    }

    void tellOn(Session to) {
        toldOn = to;
    }

    long tokenHigh() {
        return tokenHigh;
    }

    long tokenLow() {
        return tokenLow;
    }

    boolean isOneSided() {
        return isOneSided;
    }

    void byCard(boolean value) {
        isByCard = value;
    }

    boolean isByCard() {
        return isByCard;
    }

    /** At a member of the gang it writes by itself, however it brings its bytes here. */
    void oneSidedElsewhere() {
        isOneSidedElsewhere = true;
    }

    /** Whether a member may still wait for its sender's word. */
    boolean isOwedElsewhere() {
        return isBound() && isOneSidedElsewhere && !isDrained();
    }

    /** Counts from 1; a NACK begins the next. */
    int round() {
        return round;
    }

    void nextRound() {
        round++;
        hasFin = false;
        badCount = 0;
        lanesTold = 0;
        Arrays.fill(lastSeqAwaited, UNUSED);
        Arrays.fill(lastSeqRead, UNUSED);
    }

    /** A line of this round said that its cell comes on that lane. */
    void laneTold(int lane) {
        lanesTold |= 1L << lane;
    }

    /** A lane that lines of this round named and FIN does not, or -1: its last mark would not be awaited. */
    int laneLeftOut() {
        for (int lane = 0; lane < lastSeqAwaited.length; lane++) {
            if ((lanesTold & 1L << lane) != 0 && lastSeqAwaited[lane] == UNUSED) {
                return lane;
            }
        }
        return -1;
    }

    /** One line of the manifest. */
    void line(long share, int lengthBytes) {
        digest += share;
        lineCount++;
        lineBytes += lengthBytes;
    }

    /** Its cell comes again: that line counts no more. */
    void lineAgain(long share, int lengthBytes) {
        digest -= share;
        lineCount--;
        lineBytes -= lengthBytes;
    }

    int lineCount() {
        return lineCount;
    }

    long lineBytes() {
        return lineBytes;
    }

    /** What its process sent along, which is a part of its digest; the FIN of each round says it anew. */
    void aux(byte[] bytes, long share) {
        aux = bytes;
        digest += share - auxShare;
        auxShare = share;
    }

    byte[] aux() {
        return aux;
    }

    long digest() {
        return digest;
    }

    /** A cell of it that must come again, and why. */
    void bad(int cell, EndReason reason) {
        if (badCount == badCells.length) {
            badCells = Arrays.copyOf(badCells, Math.max(16, badCount * 2));
            badReasons = Arrays.copyOf(badReasons, badCells.length);
        }
        badCells[badCount] = cell;
        badReasons[badCount++] = reason;
    }

    /** True at the first corrupt cell of each round: one fault on the way is one, however many cells it hit. */
    boolean corruptOnce() {
        boolean isFirst = corruptRound != round;
        corruptRound = round;
        return isFirst;
    }

    int badCount() {
        return badCount;
    }

    int badCell(int index) {
        return badCells[index];
    }

    EndReason badReason(int index) {
        return badReasons[index];
    }

    /** Whether what is bad of it can be asked for again: not where it was written from afar, nor for ever. */
    boolean maySendAgain(int roundsMax) {
        return !isOneSided && !isOneSidedElsewhere && round < roundsMax && session.isOpen();
    }

    void laneUsed(int lane, int lastSeq) {
        lastSeqAwaited[lane] = lastSeq;
    }

    void laneClosed(int lane, int lastSeq) {
        lastSeqRead[lane] = lastSeq;
    }

    /** A lane whose last mark is not the one that FIN names, or -1: the ends do not count alike. */
    int laneOutOfStep() {
        for (int lane = 0; lane < lastSeqRead.length; lane++) {
            if (lastSeqAwaited[lane] != UNUSED && lastSeqRead[lane] != UNUSED
                && lastSeqAwaited[lane] != lastSeqRead[lane]) {
                return lane;
            }
        }
        return -1;
    }

    void fin() {
        hasFin = true;
    }

    boolean hasFin() {
        return hasFin;
    }

    /** FIN is in, and the last mark of every lane that it names: nothing of this round is on its way any more. */
    boolean isComplete() {
        if (!hasFin) {
            return false;
        }
        if (Canary.FIN_WITHOUT_MARKS.isActive()) {
            return true;
        }
        for (int lane = 0; lane < lastSeqRead.length; lane++) {
            if (lastSeqAwaited[lane] != lastSeqRead[lane] && lastSeqAwaited[lane] != UNUSED) {
                return false;
            }
        }
        return true;
    }

    /** A mark of any round, in any state of its reservation. */
    void markRead(int lane, int seq) {
        marksRead[lane] = Math.max(marksRead[lane], seq);
    }

    void drained(long failed) {
        isDrainedSaid = true;
        failedCompletions = failed;
    }

    /** DRAINED, too: what went over that lane lies before this mark of it. */
    void drainedBefore(int lane, int seq) {
        marksOwed[lane] = Math.max(marksOwed[lane], seq);
    }

    /** Its sender said on the live session that it writes no more, and every write had succeeded. */
    boolean isDrained() {
        return isDrainedSaid && failedCompletions == 0;
    }

    /** Evidence that nothing of it lands any more: that word, and where a card places what went, the mark behind that. */
    boolean isFenceEvidence() {
        return isDrained() && (!isByCard || isReadToTheEnd() || Canary.DRAINED_BEFORE_MARKS.isActive());
    }

    /** Nor is a word believed that leaves out a lane whose marks were read. */
    private boolean isReadToTheEnd() {
        for (int lane = 0; lane < marksOwed.length; lane++) {
            if (marksRead[lane] < marksOwed[lane] || (marksRead[lane] > 0 && marksOwed[lane] == 0)) {
                return false;
            }
        }
        return true;
    }

    /** Proved otherwise than by DRAINED: a later HELLO, or a lock that is free. */
    void writerGone() {
        isWriterGone = true;
    }

    boolean isWriterGone() {
        return isWriterGone;
    }
}
