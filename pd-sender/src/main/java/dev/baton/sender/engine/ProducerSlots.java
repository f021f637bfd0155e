package dev.baton.sender.engine;

import org.agrona.collections.IntArrayList;

import dev.baton.sender.core.HandoffBoard;

/** The handoffs that have not ended, by the names that the engine knows them by. Engine's thread. */
final class ProducerSlots {
    private final ProducerHandoff[] slots;
    private final int[] generations;
    private final IntArrayList free = new IntArrayList();

    ProducerSlots(int handoffsMax) {
        slots = new ProducerHandoff[handoffsMax];
        generations = new int[handoffsMax];
        for (int slot = handoffsMax - 1; slot >= 0; slot--) {
            free.addInt(slot);
        }
    }

    int freeCount() {
        return free.size();
    }

    int count() {
        return slots.length - free.size();
    }

    /** The name that {@link #put} takes next: of no handoff before it in that slot. */
    long nextHandle() {
        int slot = free.getInt(free.size() - 1);
        return HandoffBoard.handle(slot, generations[slot] == Integer.MAX_VALUE ? 1 : generations[slot] + 1);
    }

    /** It has the name that was next. */
    void put(ProducerHandoff producer) {
        int slot = free.removeAt(free.size() - 1);
        generations[slot] = (int) (producer.board().handle() >>> Integer.SIZE);
        slots[slot] = producer;
    }

    /** It has ended, and its name is nobody's. */
    void remove(long handle) {
        int slot = HandoffBoard.slot(handle);
        slots[slot] = null;
        free.addInt(slot);
    }

    /** Null if none under way has that name. */
    ProducerHandoff find(long handle) {
        int slot = HandoffBoard.slot(handle);
        ProducerHandoff producer = slot >= 0 && slot < slots.length ? slots[slot] : null;
        return producer != null && producer.board().handle() == handle ? producer : null;
    }
}
