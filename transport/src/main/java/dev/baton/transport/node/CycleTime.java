package dev.baton.transport.node;

/** The time of the poll that runs now: one clock read serves the whole cycle. */
final class CycleTime {
    long nowNs;
}
