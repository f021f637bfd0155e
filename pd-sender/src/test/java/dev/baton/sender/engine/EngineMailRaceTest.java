package dev.baton.sender.engine;

import dev.baton.sender.core.HandoffBoard;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuarantee;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * The engine tells totals on a board, the control agent takes the board and reads them: whatever the interleaving, the
 * last word is read in the end, and what is finished is read whole. Lincheck's model checker assumes sequential
 * consistency, so it finds steps in the wrong order, and no missing fence.
 */
public class EngineMailRaceTest {
    private static final int ROUNDS = Integer.getInteger("baton.race.rounds", 2);
    /** Lincheck makes classes of it that the JVM refuses, tells so at length, and then goes on as this says. */
    private static final ManagedStrategyGuarantee AGRONA_IS_ONE_STEP = ManagedStrategyGuaranteeKt.forClasses(
        OneToOneConcurrentArrayQueue.class.getName(), OneToOneRingBuffer.class.getName()).allMethods().treatAsAtomic();

    private final EngineMail mail = new EngineMail(1, 1);
    private final HandoffBoard board = new HandoffBoard(1, null, null, 1);
    private int toldTokens;
    private int finishedTokens;
    private int readTokens;
    private int readFinishedTokens;

    @Operation(nonParallelGroup = "engine")
    public void prefilled() {
        toldTokens++;
        board.prefilled(toldTokens);
        mail.post(board);
    }

    @Operation(nonParallelGroup = "engine")
    public void finished() {
        finishedTokens = 7;
        board.finished(7, new byte[1]);
        mail.post(board);
    }

    @Operation(nonParallelGroup = "control")
    public void drain() {
        mail.drain(this::read, 1);
    }

    @Validate
    public void shouldHaveReadTheLastWord() {
        mail.drain(this::read, 8);
        if (readTokens != toldTokens || readFinishedTokens != finishedTokens) {
            throw new IllegalStateException("a word was lost: toldTokens=" + toldTokens + " readTokens=" + readTokens +
                " finishedTokens=" + finishedTokens + " readFinishedTokens=" + readFinishedTokens);
        }
    }

    @Test
    void shouldLoseNoWordOfTheEngine() {
        new ModelCheckingOptions().iterations(ROUNDS).invocationsPerIteration(200).threads(2).actorsPerThread(3)
            .actorsBefore(0).actorsAfter(0).addGuarantee(AGRONA_IS_ONE_STEP).check(EngineMailRaceTest.class);
    }

    private void read(HandoffBoard taken) {
        taken.taken();
        readTokens = taken.prefilledTokens();
        if (taken.isFinished()) {
            readFinishedTokens = taken.aux().length == 1 ? taken.computedTokens() : -1;
        }
    }
}
