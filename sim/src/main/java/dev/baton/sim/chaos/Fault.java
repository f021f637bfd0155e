package dev.baton.sim.chaos;

/**
 * One fault of a schedule.
 *
 * @param atNs  virtual time
 * @param node  index among the nodes of its kind, or of all where the kind says none
 * @param other second node of a partition
 * @param forNs how long it lasts
 */
record Fault(int index, FaultKind kind, long atNs, int node, int other, long forNs) {
    @Override
    public String toString() {
        return "#" + index + " " + kind.tag() + " node=" + node + (kind == FaultKind.PARTITION
            || kind == FaultKind.PARTITION_ONE_WAY ? " other=" + other : "") + " forMs=" + forNs / 1_000_000;
    }
}
