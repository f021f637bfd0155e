package dev.baton.receiver.landing;

import java.util.ArrayDeque;

import dev.baton.memory.Copier;
import dev.baton.platform.Canary;

/**
 * Reads once more what this lane had verified of handoffs that failed, block after block from the first, until one is
 * not right any more. Ordered after the fence alone: nobody writes there. It changes nothing, so an order may be given
 * up at any time. A data agent's, and of its thread.
 */
final class LandingRecheck {
    private record Order(Landing landing, int endBlock) {}

    private final int lane;
    private final Copier copier;
    private final LandingOutbox outbox;
    private final LandingCounters counters;
    private final ArrayDeque<Order> orders = new ArrayDeque<>();
    private int cell;
    private int readBytes;
    private int crc;

    LandingRecheck(int lane, Copier copier, LandingOutbox outbox, LandingCounters counters) {
        this.lane = lane;
        this.copier = copier;
        this.outbox = outbox;
        this.counters = counters;
    }

    /** All cells of this lane that belong to blocks before {@code endBlock}. */
    void order(Landing landing, int endBlock) {
        orders.add(new Order(landing, endBlock));
    }

    /** Nobody wants to know any more. */
    void forget(long reservation) {
        Order current = orders.peek();
        if (current != null && orders.removeIf(order -> order.landing().reservation() == reservation)
            && current.landing().reservation() == reservation) {
            startCell(0);
        }
    }

    /** Reads on from where the last cycle stopped, so many bytes at most. Does nothing while there is no order. */
    int doWork(int bytesMax) {
        int workCount = 0;
        int budget = bytesMax;
        while (budget > 0 && !orders.isEmpty() && outbox.hasRoom()) {
            Order order = orders.peek();
            Landing landing = order.landing();
            workCount++;
            if (cell >= landing.map().firstCellOfBlock(order.endBlock()) || Canary.KEPT_UNREAD.isActive()) {
                tell(landing, order.endBlock());
            } else if (landing.laneOf(cell) != lane) {
                startCell(cell + 1);
            } else if (!landing.has(cell, Landing.VERIFIED)) {
                tell(landing, landing.map().block(cell));
            } else {
                budget -= read(landing, budget);
            }
        }
        return workCount;
    }

    private int read(Landing landing, int budget) {
        int piece = (int) Math.min(budget, landing.contiguousBytes(cell, readBytes));
        crc = copier.crc(landing.addressOf(cell, readBytes), piece, crc);
        readBytes += piece;
        counters.reread(piece);
        if (readBytes == landing.map().lengthBytes(cell)) {
            if (crc == landing.expectedCrc(cell)) {
                startCell(cell + 1);
            } else {
                tell(landing, landing.map().block(cell));
            }
        }
        return piece;
    }

    private void tell(Landing landing, int endBlock) {
        orders.remove();
        startCell(0);
        outbox.rechecked(landing.reservation(), lane, endBlock);
    }

    private void startCell(int next) {
        cell = next;
        readBytes = 0;
        crc = 0;
    }
}
