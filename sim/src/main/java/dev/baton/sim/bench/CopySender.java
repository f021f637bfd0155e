package dev.baton.sim.bench;

import dev.baton.memory.Copier;

/**
 * The limits without a receiver, and the bare loop's sending half: plain loops over the same memory that lanes write
 * to.
 */
final class CopySender {
    /** A piece that the JDK copies through the caches; from 2.5 MiB on its AVX-512 stub would go past them. */
    private static final int ORDINARY_BYTES_MAX = 1 << 20;
    /** As lanes cut it. */
    private static final int PIECE_BYTES_MAX = 4 << 20;

    private final Copier copier;
    private final IdleMode idle;

    CopySender(Copier copier, IdleMode idle) {
        this.copier = copier;
        this.idle = idle;
    }

    void run(Way way, Share share, StreamCounters counters, MessageClock clock) {
        Pause pause = new Pause(idle, "the receiver to check a message");
        while (!clock.isDone()) {
            boolean hasWorked = clock.look();
            if (clock.mayBegin()) {
                send(way, share, counters, clock.begin());
                hasWorked = true;
            }
            if (hasWorked) {
                pause.reset();
            } else {
                pause.idle();
            }
        }
    }

    private void send(Way way, Share share, StreamCounters counters, int message) {
        long source = share.source(message);
        long target = share.target(message);
        int sizeBytes = share.sizeBytes();
        switch (way) {
            case COPY_ORDINARY -> {
                for (int done = 0; done < sizeBytes; done += ORDINARY_BYTES_MAX) {
                    Copier.java().copy(source + done, target + done, Math.min(ORDINARY_BYTES_MAX, sizeBytes - done));
                }
                counters.checked(message + 1L);
            }
            case COPY_PAST_CACHES -> {
                copier.copy(source, target, sizeBytes);
                counters.checked(message + 1L);
            }
            case BARE -> {
                int crc = 0;
                for (int done = 0; done < sizeBytes; done += PIECE_BYTES_MAX) {
                    crc = copier.copyWithCrc(source + done, target + done, Math.min(PIECE_BYTES_MAX, sizeBytes - done),
                        crc);
                }
                counters.tell(message, crc);
                counters.sent(message + 1L);
            }
            default -> throw new IllegalArgumentException("no copy loop: way=" + way);
        }
    }
}
