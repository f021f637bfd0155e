package dev.baton.sender.engine;

/** Blocks in the order in which they came, linked through themselves: nothing is allocated. Engine's thread. */
final class BlockQueue {
    private StagedBlock first;
    private StagedBlock last;

    StagedBlock first() {
        return first;
    }

    StagedBlock last() {
        return last;
    }

    void add(StagedBlock block) {
        block.queue = this;
        block.before = last;
        block.behind = null;
        if (last == null) {
            first = block;
        } else {
            last.behind = block;
        }
        last = block;
    }

    void remove(StagedBlock block) {
        if (block.before == null) {
            first = block.behind;
        } else {
            block.before.behind = block.behind;
        }
        if (block.behind == null) {
            last = block.before;
        } else {
            block.behind.before = block.before;
        }
        block.queue = null;
        block.before = null;
        block.behind = null;
    }
}
