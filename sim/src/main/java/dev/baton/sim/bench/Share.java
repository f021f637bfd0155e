package dev.baton.sim.bench;

/**
 * One stream's share of source and target memory, cut in slots of a message each. Message i goes to slot i mod slots of
 * the target; the source slot moves on by one each time round, so that a message which did not arrive leaves bytes with
 * another CRC behind.
 *
 * @param sourceAddress of the share in the sender; 0 in the receiver
 * @param targetAddress of the share, in this process
 * @param slabOffset    of the share from the start of the receiver's slab
 */
record Share(long sourceAddress, long targetAddress, long slabOffset, int slots, int sizeBytes) {
    static Share of(Trial trial, long setBytes, int stream, long sourceBase, long targetBase) {
        int slots = trial.slots(setBytes);
        // On extent boundaries, as reservations lie.
        long offset = setBytes / trial.streams() * stream & -4096L;
        return new Share(sourceBase + offset, targetBase + offset, offset, slots, trial.sizeBytes());
    }

    long source(int message) {
        return sourceAddress + (long) ((message + message / slots) % slots) * sizeBytes;
    }

    long target(int message) {
        return targetAddress + targetOffset(message);
    }

    long slabOffset(int message) {
        return slabOffset + targetOffset(message);
    }

    private long targetOffset(int message) {
        return (long) (message % slots) * sizeBytes;
    }
}
