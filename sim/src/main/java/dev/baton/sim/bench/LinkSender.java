package dev.baton.sim.bench;

import dev.baton.transport.LaneMark;
import dev.baton.transport.Link;
import dev.baton.transport.Placement;

/**
 * Sends messages over one lane as a data agent does: pieces as long as the lane takes, the manifest line, a mark where
 * one is due.
 */
final class LinkSender {
    static final long RESERVATION = 7;
    static final int GENERATION = 3;
    static final long TOKEN = 0x5eed_0f_7e57L;

    private final Link link;
    private final IdleMode idle;
    private final Placement place = new Placement();
    private final LaneMark mark = new LaneMark();

    LinkSender(Link link, IdleMode idle, long sessionId) {
        this.link = link;
        this.idle = idle;
        place.reservation(sessionId, RESERVATION, GENERATION, TOKEN);
    }

    void run(Share share, StreamCounters counters, MessageClock clock) {
        Pause pause = new Pause(idle, "lane " + link.lane() + " to move a message");
        int message = -1;
        int doneBytes = 0;
        while (!clock.isDone()) {
            int workCount = link.poll() + (clock.look() ? 1 : 0);
            if (message < 0 && clock.mayBegin()) {
                message = clock.begin();
                doneBytes = 0;
                place.crc(0);
            }
            if (message >= 0) {
                long progress = doneBytes < share.sizeBytes() ? write(share, message, doneBytes)
                    : tell(counters, message);
                if (progress > 0) {
                    workCount++;
                    if (doneBytes == share.sizeBytes()) {
                        message = -1;
                    } else {
                        doneBytes += (int) progress;
                        if (doneBytes == share.sizeBytes() && tell(counters, message) > 0) {
                            message = -1;
                        }
                    }
                } else if (progress == Link.CLOSED) {
                    throw new IllegalStateException("lane ended while it was measured: " + link.whyClosed());
                }
            }
            if (workCount > 0) {
                pause.reset();
            } else {
                pause.idle();
            }
        }
    }

    private long write(Share share, int message, int doneBytes) {
        int lengthBytes = Math.min(link.writeLengthMax(), share.sizeBytes() - doneBytes);
        place.place(message, doneBytes, 0, share.slabOffset(message) + doneBytes, lengthBytes);
        return link.write(share.source(message) + doneBytes, place);
    }

    /** The manifest line, and on one-sided lanes the mark behind the bytes, which may have to wait for room. */
    private long tell(StreamCounters counters, int message) {
        counters.tell(message, place.crc());
        return link.isOneSided() ? link.mark(mark.set(RESERVATION, GENERATION, 0, 1, message + 1, false)) : 1;
    }
}
