package dev.baton.sim.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.transport.Inlet;
import dev.baton.transport.LaneMark;
import dev.baton.transport.Placement;
import java.lang.foreign.ValueLayout;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LandingSinkTest {
    private static final int SIZE = 4096;
    private static final int SLOTS = 4;

    private final MemoryLedger ledger = new MemoryLedger();
    private final Copier copier = Copier.java();
    private final Region target = Regions.anonymous(ledger, "test.target", SIZE * SLOTS);
    private final Region counterMemory = Regions.anonymous(ledger, "test.counters", StreamCounters.BYTES);
    private final StreamCounters counters = new StreamCounters(counterMemory.address());
    private final Share share = Share.of(new Trial(Way.LINK, SIZE, 1, 1), SIZE * SLOTS, 0, 0, target.address());

    @AfterEach
    void shouldLeaveNoMemoryBehind() {
        target.close();
        counterMemory.close();
        assertTrue(ledger.isEmpty(), ledger::toString);
    }

    @Test
    void shouldFindTheMessageWhoseBytesAreNotThoseOfItsLine() {
        LandingSink sink = new LandingSink(copier, IdleMode.YIELD, true);
        LaneMark mark = new LaneMark();
        int mismatches = sink.run(new ScriptedInlet(message -> {
            target.segment().asSlice((long) message * SIZE, SIZE).fill((byte) (message + 1));
            counters.tell(message, copier.crc(share.target(message), SIZE, 0));
            if (message == 2) {
                target.segment().set(ValueLayout.JAVA_BYTE, 2L * SIZE + 77, (byte) 0);
            }
            sink.onMark(mark.set(LinkSender.RESERVATION, LinkSender.GENERATION, 0, 1, message + 1, false));
        }), share, counters, SLOTS);

        assertEquals(1, mismatches);
        assertEquals(SLOTS, counters.checked());
    }

    @Test
    void shouldAdmitOnlyTheNextBytesOfTheNextCellAtItsPlace() {
        LandingSink sink = new LandingSink(copier, IdleMode.YIELD, false);
        Placement frame = new Placement().reservation(1, LinkSender.RESERVATION, LinkSender.GENERATION, LinkSender.TOKEN);
        assertFalse(sink.admit(frame.place(0, 0, 0, 0, SIZE)), "before a sample began");

        IllegalStateException ex = assertThrows(IllegalStateException.class,
            () -> new LandingSink(copier, IdleMode.YIELD, false).run(new ScriptedInlet(message -> {}) {
                @Override
                public int poll(int byteLimit) {
                    throw new IllegalStateException("polled");
                }
            }, share, counters, 1));
        assertEquals("polled", ex.getMessage());

        LandingSink running = new LandingSink(copier, IdleMode.YIELD, false);
        int mismatches = running.run(new ScriptedInlet(message -> {
            assertTrue(running.admit(frame.place(0, 0, 0, 0, SIZE / 2)));
            assertEquals(target.address(), frame.address());
            frame.crc(copier.crc(frame.address(), SIZE / 2, frame.crc()));
            frame.doneBytes(SIZE / 2);
            running.onLanded(frame, SIZE / 2);
            assertTrue(running.admit(frame.place(0, SIZE / 2, 0, SIZE / 2, SIZE / 2)));
            assertEquals(target.address() + SIZE / 2, frame.address());
            frame.crc(copier.crc(frame.address(), SIZE / 2, frame.crc()));
            running.onLanded(frame, SIZE / 2);
            counters.tell(0, copier.crc(target.address(), SIZE, 0));
        }), share, counters, 1);
        assertEquals(0, mismatches);

        IllegalStateException refused = assertThrows(IllegalStateException.class,
            () -> running.run(new ScriptedInlet(message -> running.admit(frame.place(1, 0, 0, SIZE, SIZE))), share, counters, 1));
        assertTrue(refused.getMessage().contains("cell=1 expected=0"), refused::getMessage);
    }

    /** Does one thing a poll: the script's step for that number. */
    private static class ScriptedInlet implements Inlet {
        private final IntConsumer script;
        private int polls;

        ScriptedInlet(IntConsumer script) {
            this.script = script;
        }

        @Override
        public String scheme() {
            return "scripted";
        }

        @Override
        public int lane() {
            return 0;
        }

        @Override
        public int port() {
            return 0;
        }

        @Override
        public void openSession(long sessionId, long tokenHigh, long tokenLow) {}

        @Override
        public void closeSession(long sessionId) {}

        @Override
        public int poll(int byteLimit) {
            if (polls < SLOTS) {
                script.accept(polls);
            }
            polls++;
            return 1;
        }

        @Override
        public void close() {}
    }
}
