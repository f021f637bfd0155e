package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import dev.baton.transport.LaneMark;
import dev.baton.transport.Link;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Placement;
import dev.baton.transport.Transport;

/** Lanes as they are, which say of themselves that a card places what goes over them; it takes marks when a test says so. */
final class CardLanes extends FencedLanes {
    /** What went over all of them, in order: bytes, and marks by number; by process and its lane. */
    final List<String> went = new ArrayList<>();
    boolean takesMarks = true;
    /** Requests that each lane has room for from one poll to the next. */
    int roomMax = Integer.MAX_VALUE;

    CardLanes(Transport lanes) {
        super(lanes);
    }

    /** Of each lane to that process, the number of its newest mark; fails if bytes went behind it. */
    Map<Integer, Long> lastMarks(long peer) {
        Map<Integer, Long> last = new TreeMap<>();
        for (String one : went) {
            int lane = one.charAt(one.indexOf("lane=") + 5) - '0';
            if (one.contains(" peer=" + peer + " ")) {
                last.put(lane, one.startsWith("bytes") ? 0L : Long.parseLong(one.substring(one.indexOf("seq=") + 4)));
            }
        }
        assertFalse(last.isEmpty());
        assertFalse(last.containsValue(0L), () -> "bytes behind the last mark: " + went);
        return last;
    }

    @Override
    public Link openLink(LinkContext context) {
        return new CardLink(super.openLink(context), context.peerIncarnation());
    }

    private final class CardLink implements Link {
        private final Link link;
        private final long peer;
        private int room = roomMax;

        CardLink(Link link, long peer) {
            this.link = link;
            this.peer = peer;
        }

        @Override
        public int lane() {
            return link.lane();
        }

        @Override
        public boolean isOneSided() {
            return true;
        }

        @Override
        public boolean isByCard() {
            return true;
        }

        @Override
        public int writeLengthMax() {
            return link.writeLengthMax();
        }

        @Override
        public long write(long source, Placement target) {
            long taken = room > 0 ? link.write(source, target) : BACK_PRESSURED;
            if (taken > 0) {
                room--;
                went.add("bytes peer=" + peer + " lane=" + lane());
            }
            return taken;
        }

        @Override
        public long mark(LaneMark mark) {
            long taken = takesMarks && room > 0 ? link.mark(mark) : BACK_PRESSURED;
            if (taken > 0) {
                room--;
                went.add("mark peer=" + peer + " lane=" + lane() + " seq=" + mark.seq());
            }
            return taken;
        }

        @Override
        public long acceptedPosition() {
            return link.acceptedPosition();
        }

        @Override
        public long completedPosition() {
            return link.completedPosition();
        }

        @Override
        public int poll() {
            room = roomMax;
            return link.poll();
        }

        @Override
        public boolean isConnected() {
            return link.isConnected();
        }

        @Override
        public boolean isClosed() {
            return link.isClosed();
        }

        @Override
        public String whyClosed() {
            return link.whyClosed();
        }

        @Override
        public void close() {
            link.close();
        }
    }
}
