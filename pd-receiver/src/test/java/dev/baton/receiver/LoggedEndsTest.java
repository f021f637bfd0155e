package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import dev.baton.platform.LineLimit;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.ReservationId;

class LoggedEndsTest {
    private long nowNs = -5;
    private final List<String> lines = new ArrayList<>();
    private final LoggedEnds log = new LoggedEnds(lines::add);

    @Test
    void shouldSayReasonHandoffReservationAndPeerInOneLine() {
        log.onAbnormalEnd(EndReason.CORRUPT, ReceiverRig.id(1), new ReservationId(7, 3), "prefill-1", "cell=4", nowNs);
        assertEquals(List.of("handoff ended: reason=corrupt handoff=" + ReceiverRig.id(1) + " reservation="
            + new ReservationId(7, 3) + " peer=prefill-1 cell=4"), lines);
    }

    @Test
    void shouldBoundItsLinesAndSayHowManyItLeftOut() {
        for (int i = 0; i < 100; i++) {
            end();
        }
        assertEquals(LineLimit.LINES_PER_SECOND_MAX, lines.size());
        nowNs += TimeUnit.SECONDS.toNanos(1);
        end();
        end();
        assertTrue(lines.get(LineLimit.LINES_PER_SECOND_MAX).endsWith(" linesLeftOut=80"), lines::toString);
        assertTrue(lines.getLast().endsWith("peer=p"), lines::toString);
    }

    private void end() {
        log.onAbnormalEnd(EndReason.DEADLINE, ReceiverRig.id(1), ReservationId.NONE, "p", "", nowNs);
    }
}
