package dev.baton.buffer.tier;

/** What may be asked of a device, best first. */
public enum CircuitState {
    WORKING,
    /** Writing failed: what is there can be read. */
    READ_ONLY,
    /** Nothing is asked of it but a probe now and then. */
    OFF
}
